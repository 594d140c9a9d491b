// One instance in the list of all.
import { Icon } from "../components/icon";
import { ago, bytes, compact, dateTime, number } from "../format";
import { address } from "../router";
import type { Instance } from "../types";
import { LastHour } from "./instances-last-hour";

const SHOWN_TABLES = 6;

function Remove({ slug, remove }: { slug: string; remove: () => void }) {
  return (
    <td>
      <button type="button" class="quiet" aria-label={`Delete ${slug}`} title={`Delete ${slug}`} onClick={remove}>
        <Icon name="trash" />
      </button>
    </td>
  );
}

export function InstanceRow({ instance, remove }: { instance: Instance; remove: () => void }) {
  const { slug } = instance;
  if (instance.error) {
    return (
      <tr>
        <th scope="row">{slug}</th>
        <td colSpan={6} class="bad">
          {instance.error}
        </td>
        <Remove slug={slug} remove={remove} />
      </tr>
    );
  }
  return (
    <tr>
      <th scope="row">
        <a href={address([slug, "live"])}>{slug}</a>
      </th>
      <td class="hour">
        <LastHour instance={instance} />
      </td>
      <td class="figure" title={number(instance.operations)}>
        {compact(instance.operations)}
      </td>
      <td class="figure" title={number(instance.entities)}>
        {compact(instance.entities)}
      </td>
      <td class="wide">
        <span class="tables-of">
          {instance.tables.slice(0, SHOWN_TABLES).map((table) => (
            <a key={table} href={address([slug, "tables", table])}>
              {table}
            </a>
          ))}
          {instance.tables.length > SHOWN_TABLES && (
            <a href={address([slug, "tables"])}>{instance.tables.length - SHOWN_TABLES} more</a>
          )}
        </span>
      </td>
      <td class="figure">{bytes(instance.file_size)}</td>
      <td class="when" title={instance.newest_ts ? dateTime(instance.newest_ts) : undefined}>
        {instance.newest_ts ? ago(instance.newest_ts) : "never"}
      </td>
      <Remove slug={slug} remove={remove} />
    </tr>
  );
}
