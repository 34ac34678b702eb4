// Pays into a new wallet and prints its statement. URL and KEY come from the environment.
import java.net.URI;
import java.net.http.*;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Pattern;

class Start {
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Sends a request: a POST if it has a body. */
  static String send(String path, String body, String idempotencyKey) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(System.getenv("URL") + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + System.getenv("KEY"))
        .header("Prefer", "wait=10");
    if (body != null)
      request.header("Content-Type", "application/json")
          .header("Idempotency-Key", idempotencyKey)
          .POST(HttpRequest.BodyPublishers.ofString(body));
    var response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    // After a 5xx, or no reply: the same idempotencyKey again pays once.
    if (response.statusCode() != 200) throw new IllegalStateException(response.statusCode() + " " + response.body());
    return response.body();
  }

  /** The first value of a field, as text with every digit. Programs use a JSON library, with long or BigInteger. */
  static String field(String json, String name) {
    var found = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(json);
    return found.find() ? found.group(1) : "";
  }

  static String newKey() {
    return UUID.randomUUID().toString();
  }

  public static void main(String[] arguments) throws Exception {
    var wallet = Long.parseLong(field(send("/wallet", """
        {"Name": "Jon Snow", "Country": "UK", "City": "London", "Currency": "USD"}""", newKey()), "WalletID"));

    // 9,007,199,254.740993 USD: each digit counts.
    var payment = send("/receive_amount", """
        {"WalletId": %d, "Amount": %d, "Currency": "USD"}""".formatted(wallet, 9007199254740993L), newKey());

    for (long pauseMs = 50; !field(payment, "Status").equals("success"); pauseMs *= 2) {
      if (field(payment, "Status").equals("decline") || pauseMs > 10_000) throw new IllegalStateException(payment);
      Thread.sleep(pauseMs);
      payment = send("/transaction/" + field(payment, "TransactionId"), null, null);
    }

    for (var line : send("/operations/" + wallet, null, null).split("(?=\\{\"Position\")")) {
      if (!line.startsWith("{\"Position\"")) continue;
      System.out.println(field(line, "Position") + " " + field(line, "Type") + " " + Long.parseLong(field(line, "Amount"))
          + " " + field(line, "Currency") + " balance " + Long.parseLong(field(line, "BalanceAfter")));
    }
  }
}
