#!/usr/bin/env bash
# Guess: a Java client by OpenAPI Generator with the default library (okhttp-gson) reads an integer that its field can't
#   hold as Gson does: it throws.
# Seen: OpenAPI Generator 7.25.0: the upper bits are cut off without a word. Of an integer without a format, 2147483648 is
#   read as -2147483648, and 9007199254740993 as 1; of an int64, 9223372036854775808 as -9223372036854775808. Gson itself
#   refuses 2147483648 for an Integer in a text; the generated code hands it a parsed tree, where it does not look.
# Matters: amounts of cents above 21,474,836.47 arrive as other, often negative amounts, and nothing fails; JSON Schema's
#   integer has no bound, so the description is right.
# Source: OpenAPI 3.0, data types: integer without a format has no width; the generated field is an Integer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
mvn -q -B "$plugin:copy" -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 -DoutputDirectory="$work" \
  >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >openapi.yaml <<'YAML'
openapi: 3.0.3
info: { title: Ledger, version: '1' }
paths:
  /account:
    get:
      operationId: getAccount
      responses:
        '200':
          description: Done
          content: { application/json: { schema: { $ref: '#/components/schemas/Account' } } }
components:
  schemas:
    Account:
      type: object
      required: [cents, total]
      properties:
        cents: { type: integer }
        total: { type: integer, format: int64 }
YAML
java -jar openapi-generator-cli-7.25.0.jar generate -g java -i openapi.yaml -o client >generate.log 2>&1 ||
  { cat generate.log; exit 1; }
cd client
cat >src/main/java/Read.java <<'JAVA'
import com.google.gson.Gson;
import org.openapitools.client.model.Account;

public class Read {
  public static void main(String[] args) throws Exception {
    for (String cents : new String[] {"2147483647", "2147483648", "9007199254740993"}) {
      System.out.println("cents " + cents + " -> " + Account.fromJson("{\"cents\":" + cents + ",\"total\":0}").getCents());
    }
    for (String total : new String[] {"9223372036854775807", "9223372036854775808"}) {
      System.out.println("total " + total + " -> " + Account.fromJson("{\"cents\":0,\"total\":" + total + "}").getTotal());
    }
    try {
      System.out.println("Gson 2147483648 -> " + new Gson().fromJson("2147483648", Integer.class));
    } catch (RuntimeException refused) {
      System.out.println("Gson 2147483648 -> refused");
    }
  }
}
JAVA
mvn -q -B -Dmaven.compiler.source=17 -Dmaven.compiler.target=17 compile "$plugin:build-classpath" \
  -Dmdep.outputFile=classpath >mvn.log 2>&1 || { cat mvn.log; exit 1; }
echo 'OpenAPI Generator 7.25.0, java: in the reply -> read'
seen=$(java -cp "target/classes:$(cat classpath)" Read)
echo "$seen"
[ "$seen" = 'cents 2147483647 -> 2147483647
cents 2147483648 -> -2147483648
cents 9007199254740993 -> 1
total 9223372036854775807 -> 9223372036854775807
total 9223372036854775808 -> -9223372036854775808
Gson 2147483648 -> refused' ]
