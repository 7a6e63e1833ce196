package classes

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/durabench/durabench/refimpl/object"
)

// appendState ends a reply with how things stand.
func (a *account) appendState(body []byte, storage object.Storage) ([]byte, error) {
	body = append(body, `"seq":`...)
	body = strconv.AppendUint(body, a.last, 10)
	body = append(body, `,"balances":{`...)
	for i, name := range a.names {
		balance, err := a.balance(storage, name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			body = append(body, ',')
		}
		body = appendQuoted(body, name)
		body = append(body, ':')
		body = strconv.AppendInt(body, balance, 10)
	}
	return append(body, "}}"...), nil
}

func (a *account) insufficient(storage object.Storage, short shortOf) (*object.Response, error) {
	body := fmt.Appendf(nil, `{"success":false,"error":%q,`, short.Error())
	body, err := a.appendState(body, storage)
	return jsonReply(http.StatusBadRequest, body), err
}

func (a *account) refuse(why string) *object.Response {
	return jsonReply(http.StatusBadRequest, append(appendQuoted([]byte(`{"success":false,"error":`), why), '}'))
}

// log gives the transfers that are remembered.
func (a *account) log(storage object.Storage) (*object.Response, error) {
	entries, err := storage.List(object.Range{Prefix: ringPrefix})
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	records := make([]string, len(entries))
	oldest := 0
	var least uint64
	for i, e := range entries {
		var t transfer
		if err := object.DecodeJSON(e.Value, &t); err != nil {
			return nil, fmt.Errorf("read %s: %w", e.Key, err)
		}
		if i == 0 || t.Number < least {
			oldest, least = i, t.Number
		}
		records[i] = string(e.Value.Data)
	}
	// The ring is used in turn, so the oldest is followed by the others in their order.
	text := strings.Join(slices.Concat(records[oldest:], records[:oldest]), ",")
	return jsonReply(http.StatusOK, []byte(`{"log":[`+text+`]}`)), nil
}

// fields are from, to and amount, without braces.
func (t transfer) fields() []byte {
	body := appendQuoted([]byte(`"from":`), t.From)
	body = appendQuoted(append(body, `,"to":`...), t.To)
	return strconv.AppendInt(append(body, `,"amount":`...), t.Amount, 10)
}

func (t transfer) value() object.Value {
	data := strconv.AppendUint([]byte(`{"n":`), t.Number, 10)
	data = append(append(data, ','), t.fields()...)
	data = strconv.AppendInt(append(data, `,"timestamp":`...), t.Timestamp, 10)
	return object.Value{Codec: object.JSON, Data: append(data, '}')}
}
