// Moves 9007199254740993 through every route with an amount, by the client that oapi-codegen generated.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"

	"example/api"

	"github.com/google/uuid"
)

const (
	amount  = int64(9007199254740993)
	rate    = "0.029758123456"
	maximum = int64(math.MaxInt64)
)

var (
	ctx    = context.Background()
	wait   = "wait=20"
	client = need(api.NewClientWithResponses(os.Getenv("URL"), api.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+os.Getenv("KEY"))
			return nil
		})))
)

func need[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func same(what string, seen, expected any) {
	if !reflect.DeepEqual(seen, expected) {
		panic(fmt.Sprintf("%s: %v (%T), not %v (%T)", what, seen, seen, expected, expected))
	}
}

func key() *string {
	text := uuid.NewString()
	return &text
}

func pointer[T any](value T) *T { return &value }

func ended(id uuid.UUID) api.Transaction {
	for range 400 {
		found := need(client.GetTransactionWithResponse(ctx, id, &api.GetTransactionParams{})).JSON200.Payload
		if found.Status == api.TransactionStatusSuccess || found.Status == api.TransactionStatusDecline {
			return found
		}
		time.Sleep(50 * time.Millisecond)
	}
	panic(id.String() + " does not end")
}

func newWallet() int64 {
	body := api.CreateWalletBody{Name: "Jon Snow", Country: "UK", City: "London", Currency: "USD"}
	return need(client.CreateWalletWithResponse(ctx, &api.CreateWalletParams{IdempotencyKey: key()}, body)).JSON200.Payload.WalletID
}

func wallet(id int64) api.Wallet {
	reply := need(client.GetWalletWithResponse(ctx, id, &api.GetWalletParams{}))
	return need(reply.JSON200.Payload.AsWallet())
}

func receive(wallet, amount int64, key *string) uuid.UUID {
	body := api.Receipt{WalletId: wallet, Amount: amount, Currency: "USD"}
	return need(client.ReceiveAmountWithResponse(ctx, &api.ReceiveAmountParams{IdempotencyKey: key}, body)).JSON200.Payload.TransactionId
}

func transfer(from, to, amount int64) api.AcceptedTransaction {
	body := api.Transfer{OriginWalletId: from, TargetWalletId: to, Amount: amount, Currency: "USD"}
	params := &api.TransferAmountParams{IdempotencyKey: key(), Prefer: &wait}
	return need(client.TransferAmountWithResponse(ctx, params, body)).JSON200.Payload
}

func hold(wallet int64) uuid.UUID {
	params := &api.HoldAmountParams{IdempotencyKey: key(), Prefer: &wait}
	body := api.HoldAmountBody{WalletId: wallet, Amount: amount}
	return need(client.HoldAmountWithResponse(ctx, params, body)).JSON200.Payload.HoldId
}

func setRates() {
	rates := map[string]json.Number{"USD": "1", "EUR": "1.093809", "THB": rate}
	need(client.UpdateCurrenciesWithResponse(ctx, &api.UpdateCurrenciesParams{IdempotencyKey: key()}, api.UpdateCurrenciesBody{Rates: rates}))
	for _, listed := range need(client.ListCurrenciesWithResponse(ctx, &api.ListCurrenciesParams{})).JSON200.Payload.Currencies {
		if listed.Name == "THB" {
			same("rate", listed.Rate.String(), rate)
		}
	}
}

// Moves the amount to b by a transfer, back by a refund, and again by a hold.
func move(a, b int64) {
	first := key()
	received := receive(a, amount, first)
	same("repeat", receive(a, amount, first), received)
	settled := ended(received)
	same("transaction", settled.Operations[0].Amount, amount)
	same("reason", settled.Reason, (*api.DeclineReason)(nil))
	same("available", wallet(a).Available, amount)

	transferred := transfer(a, b, amount)
	same("waited", *transferred.Status, api.AcceptedTransactionStatusSuccess)
	for at, leg := range *transferred.Operations {
		same("transfer", leg.Amount, amount)
		same("moved", *leg.WalletAmount, amount)
		same("balance after", *leg.BalanceAfter, int64(at)*amount)
		same("counterparty", *leg.CounterpartyId, []int64{b, a}[at])
	}
	refund := api.RefundTransactionBody{TransactionId: transferred.TransactionId, Amount: pointer(amount)}
	refunded := need(client.RefundTransactionWithResponse(ctx, &api.RefundTransactionParams{IdempotencyKey: key(), Prefer: &wait}, refund))
	same("refund", (*refunded.JSON200.Payload.Operations)[0].Amount, amount)

	held := hold(a)
	same("hold", need(client.GetHoldWithResponse(ctx, held, &api.GetHoldParams{})).JSON200.Payload.Amount, amount)
	same("held", wallet(a).Balance-wallet(a).Available, amount)
	need(client.ReleaseHoldWithResponse(ctx, held, &api.ReleaseHoldParams{IdempotencyKey: key(), Prefer: &wait}, api.ReleaseHoldBody{}))
	capture := api.CaptureHoldBody{TargetWalletId: b, Amount: pointer(amount)}
	captured := need(client.CaptureHoldWithResponse(ctx, hold(a), &api.CaptureHoldParams{IdempotencyKey: key(), Prefer: &wait}, capture))
	same("capture", (*captured.JSON200.Payload.Operations)[0].Amount, amount)
}

func batch(a, b int64) {
	entries := make([]api.Batch_Operations_Item, 3)
	for _, err := range []error{
		entries[0].FromBatchReceipt(api.BatchReceipt{WalletId: a, Amount: amount, Currency: "USD"}),
		entries[1].FromBatchTransfer(api.BatchTransfer{OriginWalletId: a, TargetWalletId: b, Amount: amount, Currency: "USD"}),
		entries[2].FromBatchReceipt(api.BatchReceipt{WalletId: maximum, Amount: amount, Currency: "USD"}),
	} {
		need(true, err)
	}
	var body api.AcceptBatchBody
	need(true, body.FromBatch(api.Batch{Operations: entries}))
	reply := need(client.AcceptBatchWithResponse(ctx, &api.AcceptBatchParams{IdempotencyKey: key()}, body))
	results := need(reply.JSON200.Payload.AsBatchResults()).Results
	same("refused entry", need(results[2].AsErrorPayload()).Code, api.ErrorCodeWalletNotFound)
	ended(need(results[1].AsRecordedTransaction()).TransactionId)
}

func report(a, b int64) {
	same("balance", wallet(b).Balance, 2*amount)
	past := need(client.GetWalletWithResponse(ctx, b, &api.GetWalletParams{At: pointer(time.Now())})).JSON200.Payload
	same("past balance", need(past.AsPastBalance()).Balance, 2*amount)
	page := need(client.ListWalletsWithResponse(ctx, &api.ListWalletsParams{After: &a})).JSON200.Payload
	same("list", page.Wallets[0].Balance, 2*amount)
	same("last page", page.Next, (*int64)(nil))
	operations := need(client.ListOperationsWithResponse(ctx, b, &api.ListOperationsParams{})).JSON200.Payload.Operations
	same("operations", len(operations), 4)
	for at, operation := range operations {
		same("operation", operation.Amount, amount)
		same("balance after", *operation.BalanceAfter, []int64{1, 0, 1, 2}[at]*amount)
	}
	totals := need(client.TotalOperationsWithResponse(ctx, b, &api.TotalOperationsParams{})).JSON200.Payload
	same("total in", need(totals.AmountIn.Int64()), 3*amount)
	same("total out", need(totals.AmountOut.Int64()), amount)
	converted := need(client.ConvertAmountWithResponse(ctx, amount, "USD", "USD", &api.ConvertAmountParams{}))
	same("conversion", converted.JSON200.Payload.Amount, amount)
	file := need(client.DownloadOperationsWithResponse(ctx, b, &api.DownloadOperationsParams{})).Body
	same("file", strings.Count(string(file), fmt.Sprint(amount)), 4)
}

func main() {
	setRates()
	a, b := newWallet(), newWallet()
	move(a, b)
	batch(a, b)
	report(a, b)

	rich := newWallet()
	for range 2 {
		ended(receive(rich, maximum, key()))
		transfer(rich, newWallet(), maximum)
	}
	total := need(client.TotalOperationsWithResponse(ctx, rich, &api.TotalOperationsParams{})).JSON200.Payload.AmountIn
	same("total of 65 bits", total.String(), "18446744073709551614")
	refused := need(client.GetWalletWithResponse(ctx, maximum, &api.GetWalletParams{}))
	same("refusal", refused.JSON404.Payload.Code, api.ErrorCodeWalletNotFound)
	fmt.Println("every digit came back")
}
