// What an entity is: its fields with where they came from, what it is designated as, its boundaries, what was merged into it.
import { boundaries, designations } from "../entity";
import { inline } from "../json";
import { address } from "../router";
import type { Known } from "../field-origin";
import type { Entity } from "../types";
import { Fields } from "./entity-fields";

interface FactsProps {
  entity: Entity;
  known: Known;
  instance: string;
  table: string;
}

export function Facts({ entity, known, instance, table }: FactsProps) {
  const merged = Array.isArray(entity._syn_from) ? entity._syn_from.map(inline) : [];
  const counts = Object.entries((entity._ops ?? {}) as Record<string, number>);
  return (
    <>
      <section class="card" aria-label="Fields">
        <Fields entity={entity} known={known} instance={instance} />
      </section>
      <dl class="card notes">
        {designations(entity).map(([name, value]) => (
          <div key={name}>
            <dt class="mark des">{name}</dt>
            <dd>{inline(value)}</dd>
          </div>
        ))}
        {boundaries(entity).map((one, index) => (
          <div key={index}>
            <dt class="mark seg">boundary</dt>
            <dd>{inline(one)}</dd>
          </div>
        ))}
        {merged.map((one) => (
          <div key={one}>
            <dt class="mark syn">merged from</dt>
            <dd>
              <a href={address([instance, "entity", table, one])}>{one}</a>
            </dd>
          </div>
        ))}
        <div>
          <dt class="mark">operations</dt>
          <dd>{counts.map(([op, count]) => `${op} ${count}`).join(", ") || "none"}</dd>
        </div>
      </dl>
    </>
  );
}
