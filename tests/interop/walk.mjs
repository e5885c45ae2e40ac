// What every client does with the fixture server: list, call, see progress, cancel. Prints one JSON report.
// Above: client_v1.mjs and client_v2.mjs bring their client; below: the official packages.

const CANCEL_POLLS = 100; // at most this many questions "how many were cancelled?", 20 ms apart

export function target() {
  return JSON.parse(process.argv[2]); // {transport: "http", url} or {transport: "stdio", command, args, cwd, env}
}

export async function walk(client, call) {
  const report = { server: client.getServerVersion()?.name, progress: [], cancelled: false, counted: 0 };
  report.tools = (await client.listTools()).tools.map((tool) => tool.name);
  report.text = (await call("test_simple_text", {})).content[0].text;
  await call("test_tool_with_progress", { onprogress: (step) => report.progress.push(step.progress) });
  const abort = new AbortController();
  try {
    await call("test_wait", { signal: abort.signal, onprogress: () => abort.abort("seen enough") });
  } catch {
    report.cancelled = abort.signal.aborted;
  }
  for (let poll = 0; poll < CANCEL_POLLS && report.counted === 0; poll += 1) {
    report.counted = (await call("test_count_cancelled", {})).structuredContent.cancelled;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  await client.close();
  console.log(JSON.stringify(report));
}
