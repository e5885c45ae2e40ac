// What every client does with the product when a person must agree: begin, report, answer the question. Prints JSON.
// Above: ask_v1.mjs and ask_v2.mjs bring their client; below: the official packages.

export const CAPABILITIES = { capabilities: { elicitation: {} } };

export async function ask(client, schema, call) {
  const report = { asked: 0 };
  client.setRequestHandler(schema, () => {
    report.asked += 1;
    return { action: "accept", content: { decision: "approve", comment: "go on" } };
  });
  const start = { action: "start", workflow_type: "careful", target_file: "a.py" };
  const begun = (await call("aos_workflow", start)).structuredContent;
  const done = { sessionId: begun.session_id, stepKey: "ask", output: "done" };
  Object.assign(report, (await call("workflow_next", done)).structuredContent);
  await client.close();
  console.log(JSON.stringify(report));
}
