/** Reading a frame that may hold anything: what is not of the expected kind is as if it were not there. */
import type { Failure } from '../../protocol';

export type Frame = { readonly [key: string]: unknown };

export const params = (frame: Frame): Frame => object(frame.params);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
export const object = (value: unknown): Frame =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Frame) : {};
export const array = <Item>(value: unknown): Item[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'object' && item !== null) : [];
export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];

/** The failure that an error event tells of. */
export function failureIn(frame: Frame): Failure {
  return {
    kind: text(frame.kind) || 'error',
    message: text(frame.message) || 'The agent failed without saying why.',
    remedy: text(frame.remedy),
    facts: frame.facts as Failure['facts']
  };
}
