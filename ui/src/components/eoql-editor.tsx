// The editor for queries. It lives in a shadow root, where its styles are constructed sheets: the page's policy allows no
// inline style.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { useEffect, useRef } from "preact/hooks";
import { type Known, completions, eoql } from "../eoql-language";

interface Props {
  given: { text: string }; // what it begins with; another object replaces what was typed
  known: Known;
  problem: { position: number; message: string } | null; // the position counts bytes
  change(text: string): void;
  run(text: string): void;
}

const look = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--text)", backgroundColor: "var(--panel)" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--mono)", padding: "10px 4px", caretColor: "var(--text)", minHeight: "62px" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--faint)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    border: "1px solid var(--edge)",
    borderRadius: "6px",
    color: "var(--text)",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px", maxHeight: "16em" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-ground)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal", fontFamily: "var(--sans)" },
  ".cm-diagnostic": { padding: "4px 10px", borderLeft: "3px solid var(--bad)" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--bad) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintPoint::after": { borderBottomColor: "var(--bad)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-ground)" },
});

// The character that the byte at this position of the UTF-8 text belongs to.
function characterAt(text: string, byte: number): number {
  const bytes = new TextEncoder().encode(text).subarray(0, byte);
  return new TextDecoder().decode(bytes).length;
}

function diagnostics(text: string, problem: Props["problem"]): Diagnostic[] {
  if (!problem) return [];
  const from = Math.min(characterAt(text, problem.position), text.length);
  const to = Math.min(text.length, from + (/^[^\s(),]+/.exec(text.slice(from))?.[0].length ?? 1));
  return [{ from, to, severity: "error", message: problem.message }];
}

export function EoqlEditor(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open", delegatesFocus: true });
    const run = () => (latest.current.run(editor.current!.state.doc.toString()), true);
    editor.current = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: props.given.text,
        extensions: [
          history(),
          bracketMatching(),
          closeBrackets(),
          eoql,
          look,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "Query" }),
          placeholder("state(context.table=places, status=open)"),
          autocompletion({ override: [completions(() => latest.current.known)], icons: false }),
          keymap.of([
            { key: "Mod-Enter", run },
            { key: "Tab", run: acceptCompletion },
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          EditorView.updateListener.of(
            (update) => update.docChanged && latest.current.change(update.state.doc.toString()),
          ),
        ],
      }),
    });
    return () => editor.current!.destroy();
  }, []);

  useEffect(() => {
    const { state } = editor.current!;
    const { text } = props.given;
    if (state.doc.toString() !== text)
      editor.current!.dispatch({ changes: { from: 0, to: state.doc.length, insert: text } });
  }, [props.given]);
  useEffect(() => {
    editor.current!.dispatch(
      setDiagnostics(editor.current!.state, diagnostics(editor.current!.state.doc.toString(), props.problem)),
    );
  }, [props.problem]);

  return <div ref={host} class="editor" data-search />;
}
