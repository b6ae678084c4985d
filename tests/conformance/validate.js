// Reads exchanges as JSON lines on standard input and writes, for each, the operation it is and what is wrong with it.
// Usage: node validate.js <folder of the specifications>; the package `oav` is found through NODE_PATH.
'use strict';

const readline = require('readline');
const { LiveValidator } = require('oav');

async function main() {
  const validator = new LiveValidator(
    {
      directory: process.argv[2],
      swaggerPathsPattern: ['**/*.json'],
      excludedSwaggerPathsPattern: ['**/examples/**', '**/common-types/**'],
      git: { shouldClone: false },
      isPathCaseSensitive: false,
      loadValidatorInBackground: false,
      loadValidatorInInitialize: false,
    },
    () => {}
  );
  await validator.initialize();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const exchange = JSON.parse(line);
    process.stdout.write(JSON.stringify(await judge(validator, exchange)) + '\n');
  }
}

async function judge(validator, exchange) {
  const query = Object.fromEntries(new URL(exchange.url, 'https://management.azure.com').searchParams);
  const pair = {
    liveRequest: { url: exchange.url, method: exchange.method, headers: exchange.requestHeaders, body: exchange.requestBody ?? undefined, query },
    liveResponse: { statusCode: String(exchange.status), headers: exchange.responseHeaders, body: exchange.responseBody ?? undefined },
  };
  const result = await validator.validateLiveRequestResponse(pair);
  const halves = [
    ['request', result.requestValidationResult],
    ['response', result.responseValidationResult],
  ];
  const errors = [];
  for (const [half, outcome] of halves) {
    if (outcome.runtimeException) {
      errors.push({ half, code: outcome.runtimeException.code, message: outcome.runtimeException.message, path: '' });
    }
    for (const error of outcome.errors) {
      errors.push({ half, code: error.code, message: error.message, path: (error.pathsInPayload || []).join(' ') });
    }
  }
  const operation = result.responseValidationResult.operationInfo.operationId;
  return { id: exchange.id, operation: operation === 'unknownOperationId' ? null : operation, errors };
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
