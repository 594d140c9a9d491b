// The first line of a table; columns of figures stand to the right, as the figures do.
interface Props {
  names: string[];
  figures?: string[];
  wide?: string;
  hidden?: string; // whose column needs no name for those who see it
}

export function Headings({ names, figures = [], wide, hidden }: Props) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name} scope="col" class={figures.includes(name) ? "figure" : name === wide ? "wide" : undefined}>
            {name === hidden ? <span class="hidden">{name}</span> : name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
