/** The samples of a runner's `/metrics`, by name with labels, as text. */
export async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`GET /metrics: ${response.status}`);
  return parseMetrics(await response.text());
}

/** Of Prometheus' exposition format. */
export function parseMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (at > 0 && !line.startsWith('#')) samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}

/** @throws Error when there is no such sample: a name that is spelt wrong is never zero */
export function sample(
  samples: ReadonlyMap<string, number>,
  name: string,
  labels: Record<string, string> = {},
): number {
  const inside = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const value = samples.get(inside.length > 0 ? `${name}{${inside.join(',')}}` : name);
  if (value === undefined) throw new Error(`There is no sample ${name} ${JSON.stringify(labels)}.`);
  return value;
}
