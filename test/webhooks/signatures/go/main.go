// Reads samples of signed posts from standard input, and ends with 1 unless each is as right or wrong as it says.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type sample struct {
	Secret  string
	Headers map[string]string
	Body    string
	IsRight bool
}

func main() {
	var samples []sample
	if err := json.NewDecoder(os.Stdin).Decode(&samples); err != nil {
		panic(err)
	}
	for index, each := range samples {
		webhook, err := webhooks.NewWebhook(each.Secret)
		if err != nil {
			panic(err)
		}
		headers := http.Header{}
		for name, value := range each.Headers {
			headers.Set(name, value)
		}
		err = webhook.Verify([]byte(each.Body), headers)
		if (err == nil) != each.IsRight {
			fmt.Printf("sample %d: %v\n", index, err)
			os.Exit(1)
		}
	}
	fmt.Printf("%d samples\n", len(samples))
}
