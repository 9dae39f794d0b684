/**
 * A table that a person can sort and walk through: headers are buttons, and rows that open are one stop of the Tab key,
 * among which the arrows move.
 */
import React, { Fragment, useId, useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { moved, ordered, sorted, type Column, type Order } from './table';

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  order: Order;
  /** What a row opens to; without it rows do not open. */
  detail?: (row: Row) => React.ReactNode;
  /** What choosing a row does, in words, and the deed; for rows that do not open. */
  choose?: { word: string; act: (row: Row) => void; fits?: (row: Row) => boolean };
}

export function DataTable<Row>(props: Props<Row>): React.ReactElement {
  const { caption, columns, rows, keyOf } = props;
  const [order, setOrder] = useState(props.order);
  const shown = sorted(rows, columns, order);
  const { open, toggle, current, setCurrent, onKeyDown } = useRows(shown.map(keyOf));
  return (
    <div className="wb-table-frame">
      <table className="wb-table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <Header
                key={column.key}
                column={column}
                order={order}
                sort={() => setOrder(ordered(order, column))}
              />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {shown.map((row, i) => (
            <Line
              key={keyOf(row)}
              {...props}
              row={row}
              id={keyOf(row)}
              open={open.has(keyOf(row))}
              toggle={() => toggle(keyOf(row))}
              stop={i === current}
              onFocus={() => setCurrent(i)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Which rows are open, which one the Tab key stops at, and the keys that move on from it. */
function useRows(keys: readonly string[]) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setCurrent] = useState(0);
  const toggle = (key: string): void =>
    setOpen(before => {
      const next = new Set(before);
      if (!next.delete(key)) {
        next.add(key);
      }
      return next;
    });
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>): void => {
    // A row may hold a table of its own, whose rows are not this one's.
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(ROW_BUTTON)].filter(
      button => button.closest('tbody') === event.currentTarget
    );
    const from = buttons.indexOf(event.target as HTMLElement);
    const to = from < 0 ? null : moved(event.key, from, buttons.length);
    if (to !== null) {
      event.preventDefault();
      setCurrent(keys.indexOf(buttons[to].dataset.row ?? ''));
      buttons[to].focus();
    }
  };
  return { open, toggle, current: Math.min(chosen, keys.length - 1), setCurrent, onKeyDown };
}

const ROW_BUTTON = '.wb-row-button';

function Header<Row>({
  column,
  order,
  sort
}: {
  column: Column<Row>;
  order: Order;
  sort: () => void;
}): React.ReactElement {
  const active = order.key === column.key;
  const way = order.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={active ? way : 'none'} data-numeric={column.numeric || undefined}>
      <button type="button" className="wb-sort" onClick={sort}>
        {column.title}
        <span className="wb-sort-mark" data-way={active ? way : undefined} aria-hidden="true">
          <Icon name="down" />
        </span>
      </button>
    </th>
  );
}

interface LineProps<Row> extends Props<Row> {
  row: Row;
  id: string;
  open: boolean;
  toggle: () => void;
  stop: boolean;
  onFocus: () => void;
}

function Line<Row>(props: LineProps<Row>): React.ReactElement {
  const { row, columns, detail, open } = props;
  const place = useId();
  return (
    <Fragment>
      <tr data-open={open || undefined}>
        {columns.map((column, i) => {
          const Cell = i === 0 ? 'th' : 'td';
          return (
            <Cell
              key={column.key}
              scope={i === 0 ? 'row' : undefined}
              data-numeric={column.numeric || undefined}
              title={column.hint && plain(column.hint(row))}
            >
              {i === 0 ? <First {...props} place={place} text={text(column, row)} /> : text(column, row)}
            </Cell>
          );
        })}
      </tr>
      {open && detail && (
        <tr className="wb-detail">
          <td id={place} colSpan={columns.length}>
            {detail(row)}
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** The first cell, which is a button where its row opens or leads somewhere. */
function First<Row>({
  row,
  id,
  detail,
  choose,
  open,
  toggle,
  stop,
  onFocus,
  place,
  text
}: LineProps<Row> & { place: string; text: string }): React.ReactElement {
  const shared = {
    type: 'button' as const,
    className: 'wb-row-button',
    tabIndex: stop ? 0 : -1,
    'data-row': id,
    onFocus
  };
  if (detail) {
    return (
      <button {...shared} aria-expanded={open} aria-controls={open ? place : undefined} onClick={toggle}>
        <span className="wb-chevron" aria-hidden="true">
          <Icon name="chevron" />
        </span>
        {text}
      </button>
    );
  }
  if (choose && (choose.fits?.(row) ?? true)) {
    return (
      <button {...shared} title={`${choose.word}: ${text}`} onClick={() => choose.act(row)}>
        {text}
      </button>
    );
  }
  return <>{text}</>;
}

function text<Row>(column: Column<Row>, row: Row): string {
  const value = column.show ? column.show(row) : column.value(row);
  return plain(String(value ?? '–'));
}
