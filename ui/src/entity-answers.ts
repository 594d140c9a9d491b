// What the server tells about one id: its state, its biography, its edges; asked again when an operation names it.
import { useEffect, useState } from "preact/hooks";
import { type ApiError, path, query, quoted, request, withQuery } from "./api";
import { throttled, useResource } from "./resource";
import { link } from "./shared";
import { LiveStream } from "./stream";
import type { Biography, Edge, Entity, Operation, StateAnswer, StreamAnswer } from "./types";

export const PAGE = 500; // operations
const FRESH_MS = 500;

function useFresh(instance: string, id: string): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = throttled(() => setTurn((count) => count + 1), FRESH_MS);
    const stream = new LiveStream({
      slug: instance,
      filters: { entity: [id] },
      onEvents: again,
      onReset: again,
      onState: (state, sentence) => (link.value = { state, sentence }),
    });
    return () => stream.close();
  }, [instance, id]);
  return turn;
}

async function wholeBiography(instance: string, id: string, signal: AbortSignal, most: number): Promise<Biography> {
  const all = await request<Biography>(withQuery(path(instance, "biography", id), { limit: PAGE }), { signal });
  let { next_cursor: cursor } = all;
  while (cursor !== undefined && all.operations.length < most) {
    const page = await request<Biography>(withQuery(path(instance, "biography", id), { limit: PAGE, cursor }), {
      signal,
    });
    all.operations.push(...page.operations);
    cursor = page.next_cursor;
  }
  all.next_cursor = cursor;
  return all;
}

async function entityAt(instance: string, table: string, id: string, atOp: string, signal: AbortSignal) {
  try {
    return await request<Entity>(withQuery(path(instance, "state", table, id), { at_op: atOp }), { signal });
  } catch (error) {
    if ((error as ApiError).code === "unknown_entity") return null;
    throw error;
  }
}

async function edgesAt(instance: string, id: string, atOp: string, signal: AbortSignal): Promise<Edge[]> {
  const text = `state(id=${quoted(id)}${atOp ? `, at_op=${atOp}` : ""}) >> CON(hops=1)`;
  return (await query<StateAnswer>(instance, text, signal)).con_chain?.edges ?? [];
}

// The newest operations about the id, oldest first; of a biography that is not whole, they alone tell what holds now.
async function newestOf(instance: string, id: string, signal: AbortSignal): Promise<Operation[]> {
  const answer = await query<StreamAnswer>(instance, `stream(target.id=${quoted(id)}, limit=${PAGE})`, signal);
  return answer.operations.reverse();
}

// most: operations of the biography.
export function useEntity(instance: string, table: string, id: string, atOp: string, most: number) {
  const turn = useFresh(instance, id);
  const biography = useResource((signal) => wholeBiography(instance, id, signal, most), [instance, id, most]);
  const cut = biography.data?.next_cursor !== undefined && !atOp;
  const newest = useResource(
    (signal) => (cut ? newestOf(instance, id, signal) : Promise.resolve([])),
    [instance, id, cut],
  );
  const entity = useResource((signal) => entityAt(instance, table, id, atOp, signal), [instance, table, id, atOp]);
  const edges = useResource((signal) => edgesAt(instance, id, atOp, signal), [instance, id, atOp]);
  useEffect(() => {
    if (turn === 0) return;
    biography.reload();
    newest.reload();
    entity.reload();
    edges.reload();
  }, [turn]);
  return { biography, newest, entity, edges };
}
