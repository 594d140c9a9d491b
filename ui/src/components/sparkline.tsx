// Small bars without axes: how much happened, span by span.
interface Props {
  values: number[];
  label: string;
}

const WIDTH = 3;
const HEIGHT = 24;

export function Sparkline({ values, label }: Props) {
  const most = Math.max(...values, 1);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${values.length * WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      {values.map((value, index) => {
        const height = value > 0 ? Math.max(1.5, (value / most) * HEIGHT) : 0.75;
        return (
          <rect
            key={index}
            x={index * WIDTH}
            y={HEIGHT - height}
            width={WIDTH - 1}
            height={height}
            data-empty={value > 0 ? undefined : true}
          />
        );
      })}
    </svg>
  );
}
