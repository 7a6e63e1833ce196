package classes

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/durabench/durabench/refimpl/object"
)

// appendQuoted appends a text as JSON.
func appendQuoted(b []byte, text string) []byte {
	quoted, err := encode(text)
	if err != nil {
		panic("classes: a text cannot be written as JSON: " + err.Error()) // every text can
	}
	return append(b, quoted...)
}

func jsonReply(status int, body []byte) *object.Response {
	return &object.Response{Status: status, ContentType: object.JSONType, Body: body}
}

// encode writes JSON as browsers do: <, > and & stay as they are.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}
