/** What an update does to attributes of a row. */
export interface Changes {
  /** Overwrites; null removes the attribute; undefined is skipped. */
  set?: object;
  /** Written only where there is nothing yet; null and undefined are skipped. */
  once?: object;
  /** Added to a number (absent: 0). */
  add?: Record<string, number>;
}

export interface UpdateParts {
  UpdateExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
}

/**
 * The update expression of some changes. All names go through placeholders, so reserved words need no care; values of
 * a condition may be given along, as `{':epoch': 3}`.
 * @throws Error when nothing would change
 */
export function buildUpdate(
  { set = {}, once = {}, add = {} }: Changes,
  condition: { names?: Record<string, string>; values?: Record<string, unknown> } = {},
): UpdateParts {
  const names: Record<string, string> = { ...condition.names };
  const values: Record<string, unknown> = { ...condition.values };
  const sets: string[] = [];
  const removes: string[] = [];
  let count = 0;
  const place = (attribute: string, value?: unknown) => {
    const n = count;
    count += 1;
    names[`#u${n}`] = attribute;
    if (value !== undefined) values[`:u${n}`] = value;
    return { name: `#u${n}`, value: `:u${n}` };
  };
  for (const [attribute, value] of Object.entries(set)) {
    if (value === undefined) continue;
    if (value === null) {
      removes.push(place(attribute).name);
    } else {
      const placed = place(attribute, value);
      sets.push(`${placed.name} = ${placed.value}`);
    }
  }
  for (const [attribute, value] of Object.entries(once)) {
    if (value === undefined || value === null) continue;
    const placed = place(attribute, value);
    sets.push(`${placed.name} = if_not_exists(${placed.name}, ${placed.value})`);
  }
  const adds = Object.entries(add).map(([attribute, value]) => {
    const placed = place(attribute, value);
    return `${placed.name} ${placed.value}`;
  });
  const clauses = [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
    adds.length > 0 ? `ADD ${adds.join(', ')}` : '',
  ].filter((clause) => clause !== '');
  if (clauses.length === 0) throw new Error('An update must change something.');
  return {
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
