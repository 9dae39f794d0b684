/** A fault in a view is a sentence in that view's place: the notebook around it goes on. */
import React from 'react';
import { Sentence } from './Sentence';

interface State {
  readonly message: string | null;
}

export class Boundary extends React.Component<{ children: React.ReactNode }, State> {
  override state: State = { message: null };

  static getDerivedStateFromError(error: unknown): State {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): React.ReactNode {
    const { message } = this.state;
    if (message === null) {
      return this.props.children;
    }
    const remedy = 'What was said is kept in the transcript. Reload the page to see it.';
    return (
      <Sentence failure={{ kind: 'internal', message: `This view cannot be shown: ${message}`, remedy }} />
    );
  }
}
