export interface Question {
  readonly value: number;
}

export function answer(value: Question['value']): number {
  return value + 2;
}
