// A webhook as the server tells of it (docs/webhooks.md).
export interface Webhook {
  id: string;
  url: string;
  active: boolean;
  filter?: string[];
  tables?: string[];
  where?: string;
  delivery?: "parallel" | "ordered";
  format?: "choreo" | "cloudevents";
  max_in_flight?: number;
  headers?: Record<string, string>;
  description?: string;
  created: string;
  state: "active" | "failing" | "paused" | "disabled";
  reason?: string | null;
  cursor: number;
  lag: number;
  in_flight?: number;
  retrying: number;
  dead: number;
  replays?: number;
  next_attempt?: string | null;
  last_attempt: string | null;
  last_success: string | null;
  consecutive_failures: number;
  disable_at?: string | null;
  warning?: string | null;
  counts?: { attempts: number; delivered: number; given_up: number; warnings: number };
}

export interface Attempt {
  id: number;
  op_id: number | null;
  attempt: number;
  test?: boolean;
  time: string;
  result: "delivered" | "failed" | "given_up";
  status: number | null;
  latency_ms: number;
  error: string | null;
  answer: string;
  next_attempt: string | null;
}

export interface Dead {
  op_id: number;
  attempts: number;
  given_up: string;
  error: string;
}
