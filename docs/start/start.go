// Pays into a new wallet and prints its statement. URL and KEY come from the environment.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

type object map[string]any

// What the program reads of replies: int64 keeps every digit.
type payload struct {
	WalletID              int64
	TransactionId, Status string
	Reason                *string
	Operations            []struct {
		Position, Amount, BalanceAfter int64
		Type, Currency                 string
	}
	Error string `json:"error"`
}

var client = http.Client{Timeout: 30 * time.Second}

func send(method, path string, body any, idempotencyKey string) payload {
	content, _ := json.Marshal(body)
	request, err := http.NewRequest(method, os.Getenv("URL")+path, bytes.NewReader(content))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("KEY"))
	request.Header.Set("Prefer", "wait=10")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", idempotencyKey)
	}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err) // the same idempotencyKey again pays once; so after a 5xx
	}
	defer response.Body.Close()
	var reply struct{ Payload payload }
	if err := json.NewDecoder(response.Body).Decode(&reply); err != nil || response.StatusCode != 200 {
		log.Fatal(response.Status, " ", reply.Payload.Error, " ", err)
	}
	return reply.Payload
}

func main() {
	wallet := send("POST", "/wallet", object{"Name": "Jon Snow", "Country": "UK", "City": "London", "Currency": "USD"}, rand.Text())

	// 9,007,199,254.740993 USD: each digit counts.
	amount := int64(9007199254740993)
	payment := send("POST", "/receive_amount", object{"WalletId": wallet.WalletID, "Amount": amount, "Currency": "USD"}, rand.Text())

	for pause := 50 * time.Millisecond; payment.Status != "success"; pause *= 2 {
		if payment.Status == "decline" || pause > 10*time.Second {
			log.Fatal(payment.Status, " ", payment.Reason)
		}
		time.Sleep(pause)
		payment = send("GET", "/transaction/"+payment.TransactionId, nil, "")
	}

	for _, line := range send("GET", fmt.Sprint("/operations/", wallet.WalletID), nil, "").Operations {
		fmt.Println(line.Position, line.Type, line.Amount, line.Currency, "balance", line.BalanceAfter)
	}
}
