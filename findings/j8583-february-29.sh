#!/usr/bin/env bash
# Guess: a card message of a leap day (field 13, MMDD, 0229) that is read in a year without one keeps its date: j8583
#   gives a date without a year the current year or, where that lies in the future, an earlier one.
# Seen: j8583 3.0.0 reads 0229 as March 1 of this year, and writes the message on with 0301.
# Matters: a refund or a chargeback of a purchase made on February 29 comes months later with the original date; with
#   0301 it no longer finds its purchase, and the forwarded message is not the one that was received.
# Source: ISO 8583: field 13, date of the local transaction, is MMDD as the terminal had it; an acquirer hands it on.
set -euo pipefail
year=$(date -u +%Y)
if python3 -c "import calendar, sys; sys.exit(not calendar.isleap($year))"; then
  echo "$year has a February 29: nothing to see until next year"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>example</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>net.sf.j8583</groupId><artifactId>j8583</artifactId><version>3.0.0</version>
  </dependency></dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=classpath \
  >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >Read.java <<'JAVA'
import com.solab.iso8583.IsoMessage;
import com.solab.iso8583.IsoType;
import com.solab.iso8583.MessageFactory;
import com.solab.iso8583.parse.FieldParseInfo;
import java.util.Date;
import java.util.Map;

public class Read {
  public static void main(String[] args) throws Exception {
    var factory = new MessageFactory<IsoMessage>();
    factory.setParseMap(0x200, Map.of(
        11, FieldParseInfo.getInstance(IsoType.NUMERIC, 6, "UTF-8", false),
        13, FieldParseInfo.getInstance(IsoType.DATE4, 0, "UTF-8", false)));
    String received = "0200" + "0028000000000000" + "123456" + "0229";
    IsoMessage message = factory.parseMessage(received.getBytes("UTF-8"), 0);
    Date date = message.getObjectValue(13);
    System.out.printf("%s -> %tF -> %s%n", received, date, message.debugString());
  }
}
JAVA
seen=$(TZ=UTC java -cp "$(cat classpath)" Read.java 2>java.log) || { cat java.log; exit 1; }
echo "received, read, sent on: $seen"
[[ "$seen" = "020000280000000000001234560229 -> "????"-03-01 -> 02000028000000000000123456"0301 ]]
