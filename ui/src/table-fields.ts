// The fields that a table's entities have, for completion; asked once.
import { path, request, withQuery } from "./api";
import { columnsOf } from "./entity";
import type { StateAnswer } from "./types";

const FIELDS_FROM = 50; // entities that a table's fields are told from

const fieldCache = new Map<string, Promise<string[]>>();
export function fields(instance: string, table: string): Promise<string[]> {
  const name = `${instance}/${table}`;
  if (!fieldCache.has(name)) {
    const asked = request<StateAnswer>(withQuery(path(instance, "state", table), { limit: FIELDS_FROM }));
    fieldCache.set(
      name,
      asked.then(
        (answer) => columnsOf(answer.entities),
        () => (fieldCache.delete(name), []),
      ),
    );
  }
  return fieldCache.get(name)!;
}
