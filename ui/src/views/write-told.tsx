// What came of an operation, or would.
import { address } from "../router";
import type { Answer } from "../writing";

export function Told({ answer, instance }: { answer: Answer; instance: string }) {
  return (
    <div class="card pad stack" role="status">
      <p class="good">
        {answer.dry_run ? (
          `It would be operation ${answer.op_id}. Nothing was appended.`
        ) : (
          <>
            Appended as{" "}
            <a href={address([instance, "live"], { sel: answer.op_id })}>
              operation {answer.op_id}, {answer.pretty_id}
            </a>
            .
          </>
        )}
      </p>
      {answer.id !== undefined && <p>The entity got the id {answer.id}.</p>}
      {answer._warnings?.map((one) => (
        <p key={one.code + one.message} class="warn">
          {one.message}
        </p>
      ))}
      {(answer.generated_count ?? 0) > 0 && (
        <p>
          {answer.dry_run ? "It would cause" : "It caused"} {answer.generated_count} more:{" "}
          {answer
            .generated!.slice(0, 20)
            .map((one) => `${one.op} ${one.id}`)
            .join(", ")}
        </p>
      )}
      {answer.rule_errors?.map((one) => (
        <p key={one.rule} class="warn">
          Rule {one.rule} could not fire: {one.error}
        </p>
      ))}
    </div>
  );
}
