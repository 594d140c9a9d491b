// What was alive at a moment, or what changed from an earlier one to it.
import { Empty, Failed, Loading } from "../components/states";
import { compare, tableAt } from "../compare";
import { number, plural } from "../format";
import { useResource } from "../resource";
import { address } from "../router";
import { tables } from "../shared";
import type { Entity } from "../types";
import { useSettled } from "../settled";
import { Compared } from "./time-compared";

export function State({ instance, to, from }: { instance: string; to: number; from: number | null }) {
  const settledTo = useSettled(to);
  const settledFrom = useSettled(from);
  const names = tables.value;
  const after = useResource(
    (signal) => Promise.all(names.map((name) => tableAt(instance, name, settledTo, signal))),
    [instance, settledTo, ...names],
  );
  const before = useResource(
    (signal) =>
      settledFrom === null
        ? Promise.resolve(null)
        : Promise.all(names.map((name) => tableAt(instance, name, settledFrom, signal))),
    [instance, settledFrom, ...names],
  );
  const error = after.error ?? before.error;
  if (error) return <Failed error={error} retry={() => (after.reload(), before.reload())} />;
  if (!after.data || (from !== null && !before.data)) return <Loading />;
  const whole = [...after.data, ...(before.data ?? [])].every((one) => one.whole);
  return (
    <div class="scroll pad stack" tabIndex={0} role="region" aria-label="State at that moment">
      {!whole && (
        <p class="warn">Some tables have more than 10,000 entities; only their first 10,000 are shown here.</p>
      )}
      {names.map((name, index) => {
        const now = after.data![index]!.entities;
        if (from !== null && before.data)
          return (
            <Compared
              key={name}
              instance={instance}
              table={name}
              found={compare(before.data[index]!.entities, now)}
              to={to}
            />
          );
        return now.length > 0 && <Then key={name} instance={instance} table={name} entities={now} to={to} />;
      })}
      {from === null && after.data.every((one) => one.entities.length === 0) && (
        <Empty title="Nothing was alive then." />
      )}
      {from !== null &&
        before.data &&
        names.every(
          (_, index) => compare(before.data![index]!.entities, after.data![index]!.entities).length === 0,
        ) && <Empty title="The two moments do not differ." />}
    </div>
  );
}

const SHOWN = 100;

function Then({ instance, table, entities, to }: { instance: string; table: string; entities: Entity[]; to: number }) {
  return (
    <section class="card" aria-label={table}>
      <div class="card-head">
        <h2>{table}</h2>
        <span class="faint">{plural(entities.length, "entity", "entities")}</span>
        <span class="spring" />
        <a href={address([instance, "tables", table], { at_op: to })}>As a grid</a>
      </div>
      <ul class="chips pad">
        {entities.slice(0, SHOWN).map((one) => (
          <li key={one.id}>
            <a class="chip-link" href={address([instance, "entity", table, one.id], { at_op: to })}>
              {typeof one.name === "string" ? one.name : one.id}
            </a>
          </li>
        ))}
        {entities.length > SHOWN && <li class="faint">and {number(entities.length - SHOWN)} more</li>}
      </ul>
    </section>
  );
}
