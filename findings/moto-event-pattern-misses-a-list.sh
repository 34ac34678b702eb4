#!/usr/bin/env bash
# Guess: an EventBridge pattern on legs.status matches an event whose legs are a list of objects, one of them with that
#   status; and a pattern for the number 1 does not match true.
# Seen: event-ruler 1.8.1, the engine that AWS published, does both. moto 5.2.5 is the other way round in both: it drops
#   the event with the list and delivers the one with true.
# Matters: an alarm on a failed leg never fires in tests, and one on retries = 1 fires for an event that says true.
# Source: event-ruler's README, "JSON Array Matching": a rule looks into arrays, also into the objects in them, and
#   matches if one element fits. EventBridge's guide, "Event pattern", makes the same promise for arrays of values.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[events,sqs]==5.2.5' boto3==1.44.8

cat >emulator.py <<'PY'
import json
import boto3
from moto import mock_aws

CASES = [
    ({'legs': {'status': ['failed']}}, {'legs': {'status': 'failed'}}),
    ({'legs': {'status': ['failed']}}, {'legs': [{'status': 'settled'}, {'status': 'failed'}]}),
    ({'retries': [1]}, {'retries': True}),
]
json.dump([[json.dumps({'detail': part}) for part in case] for case in CASES], open('cases.json', 'w'))

@mock_aws
def delivered(pattern, detail):
    access = {'region_name': 'eu-central-1', 'aws_access_key_id': 'none', 'aws_secret_access_key': 'none'}
    events, sqs = boto3.client('events', **access), boto3.client('sqs', **access)
    queue = sqs.create_queue(QueueName='alarms')['QueueUrl']
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=['QueueArn'])['Attributes']['QueueArn']
    events.put_rule(Name='rule', EventPattern=json.dumps({'detail': pattern}))
    events.put_targets(Rule='rule', Targets=[{'Id': 'queue', 'Arn': arn}])
    events.put_events(Entries=[{'Source': 'ledger', 'DetailType': 'settled', 'Detail': json.dumps(detail)}])
    return len(sqs.receive_message(QueueUrl=queue).get('Messages', [])) == 1

seen = [delivered(*case) for case in CASES]
print('moto 5.2.5 delivers [one object, list of objects, true for 1]:', seen)
assert seen == [True, False, True], seen
PY
venv/bin/python emulator.py

cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>example</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>software.amazon.event.ruler</groupId><artifactId>event-ruler</artifactId><version>1.8.1</version>
  </dependency></dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=classpath \
  >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >Engine.java <<'JAVA'
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import software.amazon.event.ruler.Ruler;

public class Engine {
  public static void main(String[] args) throws Exception {
    StringBuilder seen = new StringBuilder();
    for (String[] pair : new ObjectMapper().readValue(new File("cases.json"), String[][].class))
      seen.append(Ruler.matchesRule(pair[1], pair[0])).append(' ');
    System.out.println(seen.toString().trim());
  }
}
JAVA
seen=$(java -cp "$(cat classpath)" Engine.java 2>java.log) || { cat java.log; exit 1; }
echo "event-ruler 1.8.1, the same three: $seen"
[ "$seen" = 'true true false' ]
