/** The dashboard's first line: what its money is, whether an import runs, and the days as files. */
import React from 'react';
import type { Answer } from '../../client/client';
import { Icon } from '../../components/Icon';
import { bucketColumns } from './columns';
import { csv, fileName, saveCsv, saveJson } from './exports';
import { Tool } from './Figure';
import type { Query } from './state';
import { ImportBar } from './States';
import type { Importing } from './useImport';

interface Props {
  importing: Importing;
  daily: Answer<'usage.daily'> | null;
  query: Query;
  back?: () => void;
}

export function Head({ importing, daily, query, back }: Props): React.ReactElement {
  return (
    <header className="wb-header">
      {back && (
        <button
          type="button"
          className="wb-quiet"
          aria-label="Back to all sessions"
          title="All sessions"
          onClick={back}
        >
          <Icon name="back" />
        </button>
      )}
      <h2>Usage</h2>
      <span
        className="wb-badge"
        tabIndex={0}
        title={daily?.note || ESTIMATE}
        aria-label={`API-equivalent estimate. ${daily?.note || ESTIMATE}`}
      >
        API-equivalent estimate
      </span>
      {importing.busy && <ImportBar progress={importing.progress} />}
      <span className="wb-spring" />
      {daily && (
        <>
          <Tool
            icon="download"
            text="CSV"
            word="Download the days as CSV"
            act={() => saveCsv(fileName('daily', query, 'csv'), csv(bucketColumns('Day'), daily.rows))}
          />
          <Tool
            icon="download"
            text="JSON"
            word="Download the days as JSON"
            act={() => saveJson(fileName('daily', query, 'json'), daily)}
          />
        </>
      )}
      <Tool icon="refresh" word="Look for new transcripts" act={importing.again} />
    </header>
  );
}

const ESTIMATE =
  "What the tokens would cost at the providers' list prices. A subscription is not billed by it, and a discount may make it less.";
