#!/usr/bin/env bash
# Guess: a Java client by OpenAPI Generator with the default library (okhttp-gson) leaves every optional field that nobody set
#   out of a request: lists and maps as well as texts and numbers.
# Seen: OpenAPI Generator 7.25.0: an optional text or number is left out, an optional list is sent as [] and an optional map as {}.
#   With containerDefaultToNull=true, which is off by default, both are left out, too.
# Matters: "no rule was given" becomes "the rule allows nothing": where a missing list of currencies means all of them, an account is
#   opened that takes none; a change of one field empties the lists beside it; and a request has another fingerprint than the
#   same one from another client, so that its idempotency key is refused.
# Source: OpenAPI 3.0, schema object: a property that is not in `required` may be missing, and no default was given.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
mvn -q -B "$plugin:copy" -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 -DoutputDirectory="$work" \
  >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >openapi.yaml <<'YAML'
openapi: 3.0.3
info: { title: Accounts, version: '1' }
paths:
  /account:
    post:
      operationId: openAccount
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/NewAccount' } } }
      responses:
        '204': { description: Done }
components:
  schemas:
    NewAccount:
      type: object
      required: [owner]
      properties:
        owner: { type: string }
        purpose: { type: string }
        overdraftCents: { type: integer, format: int64 }
        currencies: { type: array, items: { type: string } }
        labels: { type: object, additionalProperties: { type: string } }
YAML
print_request() {
  java -jar openapi-generator-cli-7.25.0.jar generate -g java -i openapi.yaml -o "$1" "${@:2}" >generate.log 2>&1 ||
    { cat generate.log; exit 1; }
  cat >"$1/src/main/java/Send.java" <<'JAVA'
import org.openapitools.client.model.NewAccount;

public class Send {
  public static void main(String[] args) {
    System.out.println(new NewAccount().owner("A").toJson());
  }
}
JAVA
  (
    cd "$1"
    mvn -q -B -Dmaven.compiler.source=17 -Dmaven.compiler.target=17 compile "$plugin:build-classpath" \
      -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
    java -cp "target/classes:$(cat classpath)" Send
  )
}
echo 'OpenAPI Generator 7.25.0, java: the body of a request with an owner and nothing else'
seen="by default: $(print_request plain)
containerDefaultToNull: $(print_request null --additional-properties=containerDefaultToNull=true)"
echo "$seen"
[ "$seen" = 'by default: {"owner":"A","currencies":[],"labels":{}}
containerDefaultToNull: {"owner":"A"}' ]
