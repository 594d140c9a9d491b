// Queries that were asked of an instance in this browser, the newest first.
const MOST = 30;
const place = (instance: string) => `choreo.queries.${instance}`;

export function recall(instance: string): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place(instance)) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export function remember(instance: string, text: string): string[] {
  const all = [text, ...recall(instance).filter((one) => one !== text)].slice(0, MOST);
  localStorage.setItem(place(instance), JSON.stringify(all));
  return all;
}

export function forget(instance: string): string[] {
  localStorage.removeItem(place(instance));
  return [];
}
