// An official TypeScript SDK v1 server with the equal tool, on stdio: `node sdk_server.mjs MODULES ANSWERS`.
// Above: tests.bench.stdio_rows, start_rows. Below: @modelcontextprotocol/sdk 1.x below the folder MODULES.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, answersFile] = process.argv.slice(2);
const found = createRequire(join(modules, "package.json"));
const load = (name) => import(pathToFileURL(found.resolve(name).replace("/dist/cjs/", "/dist/esm/")).href);
const { McpServer } = await load("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = await load("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = await load("zod");

const answers = JSON.parse(readFileSync(answersFile, "utf8"));
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
  async ({ completedSteps }) => {
    const value = answers[completedSteps.length];
    return { structuredContent: value, content: [{ type: "text", text: JSON.stringify(value) }] };
  },
);
await server.connect(new StdioServerTransport());
