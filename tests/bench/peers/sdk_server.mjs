// An official TypeScript SDK v1 server with the equal tool, on stdio: `node sdk_server.mjs MODULES WORKFLOW`.
// Above: tests.bench.stdio_rows, start_rows. Below: @modelcontextprotocol/sdk 1.x below the folder MODULES.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, workflowFile] = process.argv.slice(2);
const found = createRequire(join(modules, "package.json"));
const load = (name) => import(pathToFileURL(found.resolve(name).replace("/dist/cjs/", "/dist/esm/")).href);
const { McpServer } = await load("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = await load("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = await load("zod");

const { steps } = JSON.parse(readFileSync(workflowFile, "utf8"));
const server = new McpServer({ name: "peer", version: "1" });
server.registerTool(
  "workflow_next",
  {
    description: "Get the next step.",
    inputSchema: {
      workflowId: z.string(),
      completedSteps: z.array(z.string()),
      context: z.record(z.string(), z.any()).optional(),
    },
  },
  async ({ completedSteps, context }) => {
    const done = new Set(completedSteps);
    const step = steps.find(({ id }) => !done.has(id));
    const value = {
      step,
      stepKey: step.id,
      guidance: { prompt: step.prompt, requiresConfirmation: false, validationCriteria: [] },
      isComplete: false,
      context: context ?? {},
      progress: { done: done.size, total: steps.length, percent: Math.floor((done.size * 100) / steps.length) },
    };
    return { structuredContent: value, content: [{ type: "text", text: JSON.stringify(value) }] };
  },
);
await server.connect(new StdioServerTransport());
