// Edges as a table: the other end, stance, coupling, data.
import { inline } from "../json";
import { address } from "../router";
import type { Edge } from "../types";

interface Props {
  edges: Edge[];
  around?: string; // all of them have this end
  instance: string;
}

export function EdgeList({ edges, around, instance }: Props) {
  const end = (id: string) => <a href={address([instance, "id", id])}>{id}</a>;
  return (
    <table class="sheet edges">
      <thead>
        <tr>
          <th scope="col">{around === undefined ? "Edge" : "With"}</th>
          <th scope="col">Stance</th>
          <th scope="col">Coupling</th>
          <th scope="col">Data</th>
        </tr>
      </thead>
      <tbody>
        {edges.map((edge, index) => (
          <tr key={index}>
            <td>
              {around === undefined ? (
                <>
                  {end(edge.source)} → {end(edge.target)}
                </>
              ) : edge.source === around ? (
                <>→ {end(edge.target)}</>
              ) : (
                <>← {end(edge.source)}</>
              )}
            </td>
            <td>
              <span class="stance" data-stance={edge.stance}>
                {edge.stance}
              </span>
            </td>
            <td class="coupling">
              <meter min={0} max={1} value={Number(inline(edge.coupling))} aria-label="Coupling" />{" "}
              {inline(edge.coupling)}
            </td>
            <td class="wide">
              {Object.entries(edge.data ?? {}).map(([name, value]) => (
                <span key={name} class="origin">
                  <span class="faint">{name}</span> {inline(value)}
                </span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
