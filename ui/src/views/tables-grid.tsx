// Head and rows of the grid of entities.
import { Value } from "../components/value";
import { boundaries, designations, variantsOf } from "../entity";
import { inline } from "../json";
import { address } from "../router";
import type { TableRequest } from "../table-pages";
import type { Entity } from "../types";

export interface Column {
  name: string;
  title: string;
  field: boolean; // one of the entities' own, by which they can be sorted
}

const CHARACTER_PX = 8;
const PADDING_PX = 38;
const LEAST_PX = 84;
const MOST_PX = 300;
const LOOKED_AT = 60;

function text(entity: Entity, column: Column): string {
  if (column.name === "_des")
    return designations(entity)
      .map(([name, value]) => `${name} ${inline(value)}`)
      .join("  ");
  if (column.name === "_seg") return boundaries(entity).map(inline).join(", ");
  const variants = variantsOf(entity[column.name]);
  return variants ? variants.map((one) => inline(one.value)).join(" | ") : inline(entity[column.name]);
}

// Column widths from what the first rows hold, so that they do not jump while others come.
export function widths(entities: Entity[], columns: Column[]): string {
  const some = entities.slice(0, LOOKED_AT);
  const width = (title: string, texts: string[]) =>
    Math.min(
      MOST_PX,
      Math.max(LEAST_PX, Math.max(title.length, ...texts.map((one) => one.length)) * CHARACTER_PX + PADDING_PX),
    );
  const all = [
    width(
      "id",
      some.map((one) => one.id),
    ),
    ...columns.map((column) =>
      width(
        column.title,
        some.map((one) => text(one, column)),
      ),
    ),
  ];
  return all.map((pixels) => `${Math.round(pixels)}px`).join(" ") + " minmax(0, 1fr)";
}

interface HeadProps {
  columns: Column[];
  sort: string;
  change(sort: string | null): void;
  fixed?: boolean; // cannot be sorted
}

export function GridHead({ columns, sort, change, fixed }: HeadProps) {
  const cell = (column: Column) => {
    const direction = sort === column.name ? "ascending" : sort === `-${column.name}` ? "descending" : undefined;
    const next = direction === "ascending" ? `-${column.name}` : direction === "descending" ? null : column.name;
    return (
      <div key={column.name} role="columnheader" aria-sort={direction} class="cell">
        {column.field ? (
          <button type="button" class="sorter" onClick={() => change(next)}>
            {column.title}
            <span aria-hidden="true">{direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : ""}</span>
          </button>
        ) : (
          column.title
        )}
      </div>
    );
  };
  return (
    <div class="grid-head" role="row" aria-rowindex={1}>
      {cell({ name: "id", title: "id", field: !fixed })}
      {columns.map(cell)}
    </div>
  );
}

interface RowProps {
  index: number;
  entity: Entity;
  columns: Column[];
  of: TableRequest;
  selected: boolean;
}

export function GridRow({ index, entity, columns, of, selected }: RowProps) {
  const designated = new Set(designations(entity).map(([name]) => name));
  const dead = entity._alive === false;
  return (
    <div
      class="grid-row"
      role="row"
      aria-rowindex={index + 2}
      data-selected={selected || undefined}
      data-dead={dead || undefined}
    >
      <div role="gridcell" class="cell cell-id">
        <a href={address([of.slug, "entity", of.table, entity.id], { at_op: of.atOp })}>{entity.id}</a>
        {dead && <span class="mark bad">dead</span>}
      </div>
      {columns.map((column) => (
        <div
          key={column.name}
          role="gridcell"
          class="cell"
          data-designated={(column.field && designated.has(column.name)) || undefined}
        >
          <Cell entity={entity} column={column} />
        </div>
      ))}
    </div>
  );
}

function Cell({ entity, column }: { entity: Entity; column: Column }) {
  if (column.name === "_des") {
    return (
      <>
        {designations(entity).map(([name, value]) => (
          <span key={name} class="mark des" title="Designated with DES">
            {name} {inline(value)}
          </span>
        ))}
      </>
    );
  }
  if (column.name === "_seg") {
    return (
      <>
        {boundaries(entity).map((one, index) => (
          <span key={index} class="mark seg" title="Set with SEG">
            {inline(one)}
          </span>
        ))}
      </>
    );
  }
  return <Value value={entity[column.name]} />;
}
