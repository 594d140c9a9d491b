// The rows of a table's grid, under the columns found in them.
import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { VirtualRows } from "../components/virtual-rows";
import { boundaries, columnsOf, designations } from "../entity";
import { adjust } from "../router";
import type { TableRequest } from "../table-pages";
import type { Entity } from "../types";
import { type Column, GridHead, GridRow, widths } from "./tables-grid";

export const ROW_PX = 31;

function columnsFor(entities: Entity[]): Column[] {
  const columns: Column[] = columnsOf(entities).map((name) => ({ name, title: name, field: true }));
  if (entities.some((one) => designations(one).length))
    columns.push({ name: "_des", title: "designated", field: false });
  if (entities.some((one) => boundaries(one).length)) columns.push({ name: "_seg", title: "boundary", field: false });
  return columns;
}

interface Props {
  of: TableRequest;
  entities: Entity[];
  more(): void;
  scroller: RefObject<HTMLDivElement | null>;
  cursor: number;
}

export function EntityRows({ of, entities, more, scroller, cursor }: Props) {
  const columns = useMemo(() => columnsFor(entities), [entities]);
  const names = columns.map((one) => one.name).join("\n");
  const template = useMemo(() => widths(entities, columns), [names]);
  return (
    <div class="grid-place" style={{ "--columns": template }}>
      <VirtualRows
        count={entities.length}
        height={ROW_PX}
        role="grid"
        columns={columns.length + 1}
        label={`Entities of ${of.table}`}
        scroller={scroller}
        onEnd={more}
        head={<GridHead columns={columns} sort={of.sort} change={(sort) => adjust({ sort })} />}
        row={(index) => (
          <GridRow
            key={entities[index]!.id}
            index={index}
            entity={entities[index]!}
            columns={columns}
            of={of}
            selected={index === cursor}
          />
        )}
      />
    </div>
  );
}
