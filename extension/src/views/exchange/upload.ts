/** A file of the person's own machine, as it is sent along with a question; and where one can be dropped. */
import { useRef, useState, type DragEvent } from 'react';
import { CallError } from '../../client/client';
import type { UploadedFile } from '../../protocol';
import { plain } from '../../components/plain';

const MOST_BYTES = 7 * 1024 * 1024;

export const ARCHIVES = '.skill,.zip,.tar.gz,.tgz,.tar';

/** Rejects with a sentence for what the server would not take. */
export async function uploaded(file: File): Promise<UploadedFile> {
  if (file.size > MOST_BYTES) {
    throw new CallError({
      kind: 'too_large',
      message: `“${plain(file.name)}” has more than 7 MiB, which is too much to send along.`,
      remedy: 'Put it where the server can read it, for example with the file browser, and give its path.'
    });
  }
  return { name: file.name, data: await base64(file) };
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ''));
    reader.onerror = () =>
      reject(
        new CallError({
          kind: 'unreadable',
          message: `“${plain(file.name)}” could not be read.`,
          remedy: 'A folder cannot be dropped here: pack it, or give its path.'
        })
      );
    reader.readAsDataURL(file);
  });
}

export interface DropPlace {
  /** A file is over it. */
  readonly over: boolean;
  readonly props: {
    onDragEnter(event: DragEvent): void;
    onDragOver(event: DragEvent): void;
    onDragLeave(event: DragEvent): void;
    onDrop(event: DragEvent): void;
  };
}

/** A place that takes a file which is dropped on it, and leaves all other drags to the application. */
export function useDrop(take: (file: File) => void, enabled = true): DropPlace {
  const [over, setOver] = useState(false);
  // Each child is entered before the one before it is left.
  const depth = useRef(0);
  const fits = (event: DragEvent): boolean => enabled && [...event.dataTransfer.types].includes('Files');
  const end = (): void => {
    depth.current = 0;
    setOver(false);
  };
  return {
    over,
    props: {
      onDragEnter: event => {
        if (fits(event)) {
          depth.current += 1;
          setOver(true);
        }
      },
      onDragOver: event => {
        if (fits(event)) {
          event.preventDefault();
          event.dataTransfer.dropEffect = 'copy';
        }
      },
      onDragLeave: event => {
        if (fits(event) && --depth.current <= 0) {
          end();
        }
      },
      onDrop: event => {
        end();
        const [file] = event.dataTransfer.files;
        if (fits(event) && file) {
          event.preventDefault();
          event.stopPropagation();
          take(file);
        }
      }
    }
  };
}
