export default {
  outturn: {
    input: "../openapi.json",
    output: { target: "generated/orval/outturn.ts", schemas: "generated/orval/models", client: "fetch", mode: "tags-split" },
  },
};
