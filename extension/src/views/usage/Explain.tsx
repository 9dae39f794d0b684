/** Why one response costs what it costs: each factor, and what else was said of it. */
import React from 'react';
import type { Answer, Client } from '../../client/client';
import { money } from '../../components/format';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { DataTable } from './DataTable';
import type { Column } from './table';
import { useAnswer } from './useAnswer';

type Explained = Answer<'usage.explain'>;
type Factor = Explained['factors'][number];

export function Explain({ client, sampling }: { client: Client; sampling: number }): React.ReactElement {
  const { answer, failure } = useAnswer(client, 'usage.explain', { sampling }, 0);
  if (failure) {
    return <Sentence failure={failure} />;
  }
  if (!answer) {
    return <span className="wb-spinner" />;
  }
  return (
    <div className="wb-drill">
      <DataTable
        caption="What the cost is made of"
        columns={FACTORS}
        rows={answer.factors}
        keyOf={factor => factor.name}
        order={{ key: 'amount', descending: true }}
      />
      <p className="wb-hint">{sayings(answer).map(plain).join(' ')}</p>
    </div>
  );
}

/** The price that was taken, and what others say, in sentences. */
function sayings({ price, computed, reported, second_opinion: second, candidates }: Explained): string[] {
  const name = [price.provider, price.model, price.variant].filter(Boolean).join(' ');
  const others = candidates.filter(({ counts }) => !counts).length;
  return [
    price.known
      ? `Priced as ${name}${price.since ? ` since ${price.since}` : ''}: ${money(computed)}.`
      : `No price of ${name} is known.`,
    reported === null ? '' : `Its source said ${money(reported)}.`,
    second?.cost ? `${second.source} says ${money(second.cost)}.` : '',
    others
      ? `${others} more ${others === 1 ? 'row tells' : 'rows tell'} of the same response and ${others === 1 ? 'is' : 'are'} not counted.`
      : ''
  ].filter(Boolean);
}

const exact = (amount: string | null): string => (amount === null ? 'no price' : `$${amount}`);

const FACTORS: readonly Column<Factor>[] = [
  { key: 'name', title: 'Factor', value: row => row.name },
  {
    key: 'tokens',
    title: 'Count',
    numeric: true,
    value: row => row.tokens,
    show: row => row.tokens.toLocaleString('en')
  },
  {
    key: 'price',
    title: 'Price',
    numeric: true,
    value: row => (row.price === null ? null : Number(row.price)),
    show: row => exact(row.price),
    hint: () => 'Of a million tokens, or of a thousand searches'
  },
  {
    key: 'amount',
    title: 'Amount',
    numeric: true,
    value: row => (row.amount === null ? null : Number(row.amount)),
    show: row => exact(row.amount)
  }
];
