// The address of a view is the part after '#': #/shop/tables/orders?sort=-total. Everything that a view shows stands in
// it, so that an address can be shared, and "back" goes back.
import { computed, signal } from "@preact/signals";

export interface Route {
  path: string[];
  params: URLSearchParams;
}

function read(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { path: path.split("/").filter(Boolean).map(decoded), params: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<Route>(read());
window.addEventListener("hashchange", () => (route.value = read()));

export const slug = computed(() => (isInstance(route.value.path[0]) ? route.value.path[0]! : null));
export const view = computed(() =>
  slug.value ? (route.value.path[1] ?? "live") : (route.value.path[0] ?? "instances"),
);

// No instance has a name with ':', so the page's own places do not take one away.
function isInstance(name: string | undefined): boolean {
  return name !== undefined && !name.startsWith(":");
}

type Values = Record<string, string | number | boolean | null | undefined | string[]>;

export function address(path: (string | number)[], values: Values = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) value.forEach((one) => query.append(name, one));
    else if (value !== undefined && value !== null && value !== "" && value !== false) query.set(name, String(value));
  }
  const tail = query.size ? `?${query}` : "";
  return "#/" + path.map((part) => encodeURIComponent(part)).join("/") + tail;
}

export function go(to: string): void {
  location.hash = to.replace(/^#/, "");
}

// Changes the current address in place: filters and selections are no steps to go back to.
export function adjust(values: Values): void {
  const { path, params } = route.value;
  const merged: Values = {};
  for (const name of new Set(params.keys())) {
    const all = params.getAll(name);
    merged[name] = all.length > 1 ? all : all[0];
  }
  history.replaceState(null, "", address(path, { ...merged, ...values }));
  route.value = read();
}
