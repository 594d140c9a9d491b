// A dialog in the middle of the page; the browser keeps the focus in it and closes it on Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon";

interface Props {
  title: string;
  onClose(): void;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: Props) {
  const self = useRef<HTMLDialogElement>(null);
  useEffect(() => self.current!.showModal(), []);
  return (
    <dialog
      ref={self}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => event.target === self.current && self.current!.close()}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={() => self.current!.close()}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
