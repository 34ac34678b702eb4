#!/usr/bin/env bash
# Guess: ACT/ACT from 2026-01-15 to 2026-07-15 is 181/365, about half a year.
# Seen: ObjectLab Kit 1.4.8 says 0.0 for any two dates of one calendar year. Only from one year to the next does it
#   count days: from 2025-12-15 to 2026-03-15 it gives the same 0.2466 as Strata 2.12.46.
# Matters: interest for a half year inside the year is zero, with no error, and a test with a period over New Year
#   passes.
# Source: 2006 ISDA Definitions, 4.16(b), Actual/Actual: days in a leap year over 366 plus days in other years over 365.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>example</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>net.objectlab.kit</groupId><artifactId>datecalc-jdk8</artifactId><version>1.4.8</version>
    </dependency>
    <dependency>
      <groupId>com.opengamma.strata</groupId><artifactId>strata-basics</artifactId><version>2.12.46</version>
    </dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=classpath \
  >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >Fraction.java <<'JAVA'
import com.opengamma.strata.basics.date.DayCounts;
import java.time.LocalDate;
import java.util.Locale;
import net.objectlab.kit.datecalc.common.PeriodCountBasis;
import net.objectlab.kit.datecalc.jdk8.LocalDateKitCalculatorsFactory;

public class Fraction {
  public static void main(String[] args) {
    var counter = LocalDateKitCalculatorsFactory.getDefaultInstance().getPeriodCountCalculator();
    String[][] periods = {{"2026-01-15", "2026-07-15"}, {"2026-01-01", "2026-12-31"}, {"2025-12-15", "2026-03-15"}};
    for (String[] period : periods) {
      LocalDate from = LocalDate.parse(period[0]), to = LocalDate.parse(period[1]);
      System.out.printf(Locale.ROOT, "%s %s %.4f %.4f%n", from, to,
          counter.yearDiff(from, to, PeriodCountBasis.ACT_ACT), DayCounts.ACT_ACT_ISDA.yearFraction(from, to));
    }
  }
}
JAVA
seen=$(java -cp "$(cat classpath)" Fraction.java 2>java.log) || { cat java.log; exit 1; }
echo 'from, to, ObjectLab Kit 1.4.8, Strata 2.12.46'
echo "$seen"
[ "$seen" = '2026-01-15 2026-07-15 0.0000 0.4959
2026-01-01 2026-12-31 0.0000 0.9973
2025-12-15 2026-03-15 0.2466 0.2466' ]
