import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.JSON;
import org.openapitools.client.api.CurrenciesApi;
import org.openapitools.client.api.HoldsApi;
import org.openapitools.client.api.ReportsApi;
import org.openapitools.client.api.TransactionsApi;
import org.openapitools.client.api.WalletsApi;
import org.openapitools.client.model.*;

/** Moves 9007199254740993 through every route with an amount, by the client that OpenAPI Generator made. */
public class Main {
  static final long AMOUNT = 9007199254740993L;
  static final BigDecimal RATE = new BigDecimal("0.029758123456");
  static final String WAIT = "wait=20";

  static final ApiClient CLIENT = new ApiClient().setBasePath(System.getenv("URL"));
  static final CurrenciesApi CURRENCIES = new CurrenciesApi(CLIENT);
  static final WalletsApi WALLETS = new WalletsApi(CLIENT);
  static final TransactionsApi TRANSACTIONS = new TransactionsApi(CLIENT);
  static final HoldsApi HOLDS = new HoldsApi(CLIENT);
  static final ReportsApi REPORTS = new ReportsApi(CLIENT);

  static String key() {
    return UUID.randomUUID().toString();
  }

  static void same(String what, Object seen, Object expected) {
    if (!Objects.equals(seen, expected)) {
      throw new AssertionError(what + ": " + seen + ", not " + expected);
    }
  }

  static Transaction ended(UUID id) throws Exception {
    for (int tries = 0; tries < 400; tries++) {
      Transaction found = TRANSACTIONS.getTransaction(id, null).getPayload();
      switch (found.getStatus()) {
        case SUCCESS, DECLINE -> {
          return found;
        }
        default -> Thread.sleep(50);
      }
    }
    throw new AssertionError(id + " does not end");
  }

  static long newWallet() throws ApiException {
    var body = new CreateWalletBody().name("Jon Snow").country("UK").city("London").currency("USD");
    return WALLETS.createWallet(body, null, key()).getPayload().getWalletID();
  }

  static Wallet wallet(long id) throws ApiException {
    return WALLETS.getWallet(id, null, null).getPayload().getWallet();
  }

  static Receipt receipt(long wallet, long amount) {
    return new Receipt().walletId(wallet).amount(amount).currency("USD");
  }

  static UUID receive(long wallet, long amount, String key) throws ApiException {
    return TRANSACTIONS.receiveAmount(receipt(wallet, amount), null, null, key).getPayload().getTransactionId();
  }

  static Transfer transfer(long from, long to, long amount) {
    return new Transfer().originWalletId(from).targetWalletId(to).amount(amount).currency("USD");
  }

  static UUID hold(long wallet) throws ApiException {
    var body = new HoldAmountBody().walletId(wallet).amount(AMOUNT);
    return HOLDS.holdAmount(body, null, WAIT, key()).getPayload().getHoldId();
  }

  static void setRates() throws ApiException {
    var rates = Map.of("USD", BigDecimal.ONE, "EUR", new BigDecimal("1.093809"), "THB", RATE);
    CURRENCIES.updateCurrencies(new UpdateCurrenciesBody().rates(rates), null, key());
    for (Currency listed : CURRENCIES.listCurrencies(null).getPayload().getCurrencies()) {
      if (listed.getName().equals("THB")) {
        same("rate", listed.getRate(), RATE);
      }
    }
  }

  /** Moves the amount to b by a transfer, back by a refund, and again by a hold. */
  static void move(long a, long b) throws Exception {
    String first = key();
    UUID received = receive(a, AMOUNT, first);
    same("repeat", receive(a, AMOUNT, first), received);
    Transaction settled = ended(received);
    same("transaction", settled.getOperations().get(0).getAmount(), AMOUNT);
    same("reason", settled.getReason(), null);
    same("available", wallet(a).getAvailable(), AMOUNT);

    var transferred = TRANSACTIONS.transferAmount(transfer(a, b, AMOUNT), null, WAIT, key()).getPayload();
    same("waited", transferred.getStatus(), AcceptedTransaction.StatusEnum.SUCCESS);
    for (int at = 0; at < 2; at++) {
      Operation leg = transferred.getOperations().get(at);
      same("transfer", leg.getAmount(), AMOUNT);
      same("moved", leg.getWalletAmount(), AMOUNT);
      same("balance after", leg.getBalanceAfter(), at * AMOUNT);
      same("counterparty", leg.getCounterpartyId(), at == 0 ? b : a);
    }
    var refund = new RefundTransactionBody().transactionId(transferred.getTransactionId()).amount(AMOUNT);
    var refunded = TRANSACTIONS.refundTransaction(refund, null, WAIT, key()).getPayload();
    same("refund", refunded.getOperations().get(0).getAmount(), AMOUNT);

    UUID held = hold(a);
    same("hold", HOLDS.getHold(held, null).getPayload().getAmount(), AMOUNT);
    same("held", wallet(a).getAvailable(), 0L);
    HOLDS.releaseHold(held, new ReleaseHoldBody(), null, WAIT, key());
    var capture = new CaptureHoldBody().targetWalletId(b).amount(AMOUNT);
    var captured = HOLDS.captureHold(hold(a), capture, null, WAIT, key()).getPayload();
    same("capture", captured.getOperations().get(0).getAmount(), AMOUNT);
  }

  static BatchReceipt batchReceipt(long wallet) {
    return new BatchReceipt().walletId(wallet).amount(AMOUNT).currency("USD");
  }

  static void batch(long a, long b) throws Exception {
    var entries = List.of(
        new BatchOperationsInner(batchReceipt(a)),
        new BatchOperationsInner(new BatchTransfer().originWalletId(a).targetWalletId(b).amount(AMOUNT).currency("USD")),
        new BatchOperationsInner(batchReceipt(Long.MAX_VALUE)));
    var body = new AcceptBatchBody(new Batch().operations(entries));
    var results = TRANSACTIONS.acceptBatch(body, null, key()).getPayload().getBatchResults().getResults();
    same("refused entry", results.get(2).getErrorPayload().getCode(), ErrorCode.WALLET_NOT_FOUND);
    ended(results.get(1).getRecordedTransaction().getTransactionId());
  }

  static void report(long a, long b) throws ApiException {
    same("balance", wallet(b).getBalance(), 2 * AMOUNT);
    var past = WALLETS.getWallet(b, OffsetDateTime.now(), null).getPayload().getPastBalance();
    same("past balance", past.getBalance(), 2 * AMOUNT);
    WalletsPage page = WALLETS.listWallets(null, a, null, null, null, null, null, null, null).getPayload();
    same("list", page.getWallets().get(0).getBalance(), 2 * AMOUNT);
    same("last page", page.getNext(), null);
    var operations = REPORTS.listOperations(b, null, null, null, null, null, null, null).getPayload().getOperations();
    same("operations", operations.stream().map(Operation::getAmount).toList(), List.of(AMOUNT, AMOUNT, AMOUNT, AMOUNT));
    same("balances", operations.stream().map(Operation::getBalanceAfter).toList(), List.of(AMOUNT, 0L, AMOUNT, 2 * AMOUNT));
    Totals totals = REPORTS.totalOperations(b, null, null, null, null).getPayload();
    same("total in", totals.getAmountIn(), BigInteger.valueOf(3 * AMOUNT));
    same("total out", totals.getAmountOut(), BigInteger.valueOf(AMOUNT));
    same("conversion", CURRENCIES.convertAmount(AMOUNT, "USD", "USD", null).getPayload().getAmount(), AMOUNT);
    String file = REPORTS.downloadOperations(b, null, null, null, null, null);
    same("file", file.split(String.valueOf(AMOUNT), -1).length - 1, 4);
  }

  public static void main(String[] args) throws Exception {
    CLIENT.setBearerToken(System.getenv("KEY"));
    setRates();
    long a = newWallet();
    long b = newWallet();
    move(a, b);
    batch(a, b);
    report(a, b);

    long rich = newWallet();
    for (int time = 0; time < 2; time++) {
      ended(receive(rich, Long.MAX_VALUE, key()));
      TRANSACTIONS.transferAmount(transfer(rich, newWallet(), Long.MAX_VALUE), null, WAIT, key());
    }
    var total = REPORTS.totalOperations(rich, null, null, null, null).getPayload().getAmountIn();
    same("total of 65 bits", total, new BigInteger("18446744073709551614"));
    try {
      wallet(Long.MAX_VALUE);
      throw new AssertionError("an unknown wallet was found");
    } catch (ApiException refused) {
      ErrorReply reply = JSON.deserialize(refused.getResponseBody(), ErrorReply.class);
      same("refusal", reply.getPayload().getCode(), ErrorCode.WALLET_NOT_FOUND);
    }
    System.out.println("every digit came back");
    // The HTTP library's threads would keep the program alive for a while.
    System.exit(0);
  }
}
