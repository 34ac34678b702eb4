#!/usr/bin/env bash
# Guess: two business days after Thursday 2026-05-28 is Monday 2026-06-01, with any convention: counting business days
#   lands on a business day, so there is nothing to adjust.
# Seen: ObjectLab Kit 1.4.8 with "modifiedFollowing" adjusts each step of one day. Friday's next day is a Saturday, the
#   Monday is in another month, so it goes back to Friday, and every further step does the same: 2, 5 and 20 business
#   days all end on Friday 2026-05-29. From Saturday 2026-05-30, one business day forward is the day before.
# Matters: "settle in two business days" never leaves the month when its last day is on a weekend: payouts come early,
#   before their money has arrived. January, February, May and October 2026 have it, the other months do not.
# Source: 2006 ISDA Definitions, 4.12: modified following moves a date that is not a business day. Strata 2.12.46, which
#   counts first and adjusts afterwards, gives 2026-06-01.
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
cat >Days.java <<'JAVA'
import com.opengamma.strata.basics.ReferenceData;
import com.opengamma.strata.basics.date.BusinessDayAdjustment;
import com.opengamma.strata.basics.date.BusinessDayConventions;
import com.opengamma.strata.basics.date.DaysAdjustment;
import com.opengamma.strata.basics.date.HolidayCalendarIds;
import java.time.LocalDate;
import java.util.Set;
import net.objectlab.kit.datecalc.common.DefaultHolidayCalendar;
import net.objectlab.kit.datecalc.jdk8.LocalDateKitCalculatorsFactory;

public class Days {
  public static void main(String[] args) {
    var factory = LocalDateKitCalculatorsFactory.getDefaultInstance();
    factory.registerHolidays("weekends", new DefaultHolidayCalendar<LocalDate>(
        Set.of(), LocalDate.of(2026, 1, 1), LocalDate.of(2026, 12, 31)));
    var weekends = HolidayCalendarIds.SAT_SUN;
    var adjust = BusinessDayAdjustment.of(BusinessDayConventions.MODIFIED_FOLLOWING, weekends);
    for (int days : new int[] {1, 2, 5, 20}) {
      var calculator = factory.getDateCalculator("weekends", "modifiedFollowing");
      calculator.setStartDate(LocalDate.of(2026, 5, 28));
      System.out.println(days + " " + calculator.moveByBusinessDays(days).getCurrentBusinessDate() + " "
          + DaysAdjustment.ofBusinessDays(days, weekends, adjust)
              .adjust(LocalDate.of(2026, 5, 28), ReferenceData.standard()));
    }
    var calculator = factory.getDateCalculator("weekends", "modifiedFollowing");
    calculator.setStartDate(LocalDate.of(2026, 5, 30));
    System.out.println("from 2026-05-30: " + calculator.moveByBusinessDays(1).getCurrentBusinessDate());
  }
}
JAVA
seen=$(java -cp "$(cat classpath)" Days.java 2>java.log) || { cat java.log; exit 1; }
echo 'business days after 2026-05-28, ObjectLab Kit 1.4.8, Strata 2.12.46'
echo "$seen"
[ "$seen" = '1 2026-05-29 2026-05-29
2 2026-05-29 2026-06-01
5 2026-05-29 2026-06-04
20 2026-05-29 2026-06-25
from 2026-05-30: 2026-05-29' ]
