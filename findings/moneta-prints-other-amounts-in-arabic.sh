#!/usr/bin/env bash
# Guess: Moneta prints KWD 1.234 for Kuwait in Arabic digits, with the dinar's three decimals.
# Seen: Moneta 1.4.5 prints 10.000 (in Arabic and Latin digits mixed) for 1.234, and 120.000 for 12.345. In Egypt's
#   locale EGP 12.50 is printed as 120.00. Its own parser refuses the text. The JDK's NumberFormat prints them right.
# Matters: a customer in Kuwait or Egypt is shown ten times the price or the balance, in a text that looks well formed.
# Source: JSR 354, MonetaryAmountFormat, which formats and parses the same text; ISO 4217: KWD has three decimals.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>example</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.javamoney.moneta</groupId><artifactId>moneta-core</artifactId><version>1.4.5</version>
  </dependency></dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile=classpath \
  >mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat >Print.java <<'JAVA'
import java.math.BigDecimal;
import java.text.NumberFormat;
import java.util.Currency;
import java.util.Locale;
import javax.money.format.MonetaryFormats;
import org.javamoney.moneta.Money;

public class Print {
  static String latin(String text) {
    StringBuilder digits = new StringBuilder();
    for (char c : text.toCharArray())
      if (Character.isDigit(c)) digits.append(Character.digit(c, 10));
      else if (c == '.' || c == '\u066b') digits.append('.');
    return digits.toString().replaceAll("\\.$", "");
  }

  public static void main(String[] args) {
    String[][] cases = {{"ar-KW", "KWD", "1.234"}, {"ar-KW", "KWD", "12.345"}, {"ar-EG", "EGP", "12.50"}};
    for (String[] one : cases) {
      Locale locale = Locale.forLanguageTag(one[0]);
      BigDecimal amount = new BigDecimal(one[2]);
      NumberFormat jdk = NumberFormat.getCurrencyInstance(locale);
      jdk.setCurrency(Currency.getInstance(one[1]));
      var format = MonetaryFormats.getAmountFormat(locale);
      String text = format.format(Money.of(amount, one[1]));
      String again;
      try {
        again = "reads back " + format.parse(text);
      } catch (RuntimeException error) {
        again = "cannot read it back";
      }
      String right = latin(jdk.format(amount).replaceAll("\\p{L}.*", ""));
      System.out.println(String.join(" ", one) + ": JDK " + right + ", Moneta " + latin(text) + " and " + again);
    }
  }
}
JAVA
seen=$(java -cp "$(cat classpath)" Print.java 2>java.log) || { cat java.log; exit 1; }
echo "$seen"
[ "$seen" = 'ar-KW KWD 1.234: JDK 1.234, Moneta 10.000 and cannot read it back
ar-KW KWD 12.345: JDK 12.345, Moneta 120.000 and cannot read it back
ar-EG EGP 12.50: JDK 12.50, Moneta 120.00 and cannot read it back' ]
