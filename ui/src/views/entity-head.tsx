// Whose page it is: the table, the id, whether it lives, other tables that know the id, and where to go from here.
import { inline } from "../json";
import { address } from "../router";
import type { Biography, Entity } from "../types";

interface Props {
  instance: string;
  table: string;
  id: string;
  entity: Entity | null | undefined;
  states: Biography["states"];
}

export function EntityHead({ instance, table, id, entity, states }: Props) {
  return (
    <div class="bar">
      <a class="faint" href={address([instance, "tables", table])}>
        {table}
      </a>
      <span class="faint" aria-hidden="true">
        /
      </span>
      <h1 class="id">{id}</h1>
      {entity && (
        <span class={`mark ${entity.alive === false ? "bad" : "good"}`}>
          {entity.alive === false ? "dead" : "alive"}
        </span>
      )}
      <span class="spring" />
      {states.length > 1 && (
        <nav class="tabs" aria-label="Tables that know this id">
          {states.map((one) => (
            <a
              key={inline(one.table)}
              href={address([instance, "entity", inline(one.table), id])}
              aria-current={one.table === table ? "page" : undefined}
            >
              {inline(one.table)}
            </a>
          ))}
        </nav>
      )}
      <a class="button" href={address([instance, "graph"], { entity: id })}>
        Graph
      </a>
      <a class="button" href={address([instance, "write", "ALT"], { table, id })}>
        Change
      </a>
    </div>
  );
}
