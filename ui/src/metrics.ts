// GET /metrics, read: the text format of Prometheus, as far as Choreo writes it.

export interface Sample {
  name: string;
  process: string;
  pid: string;
  value: number;
}

const LINE = /^(\w+)\{process="([^"]*)",pid="([^"]*)"\} (\S+)$/;

export function readMetrics(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const match = LINE.exec(line);
    return match ? [{ name: match[1]!, process: match[2]!, pid: match[3]!, value: Number(match[4]) }] : [];
  });
}

export const sum = (samples: Sample[], name: string): number =>
  samples.reduce((total, one) => total + (one.name === name ? one.value : 0), 0);

// How much a counter grew over all processes. One that started anew counts from zero.
export function growth(before: Sample[], after: Sample[], name: string): number {
  const old = new Map(before.filter((one) => one.name === name).map((one) => [`${one.process}/${one.pid}`, one.value]));
  return after
    .filter((one) => one.name === name)
    .reduce((total, one) => total + Math.max(0, one.value - (old.get(`${one.process}/${one.pid}`) ?? 0)), 0);
}
