package wan_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/durabench/durabench/sim/wan"
)

// An HTTP client at an edge, a server at a home 20 ms away: the first request
// pays for the dial as well, two round trips in all.
func Example() {
	home := httptest.NewServer(http.NotFoundHandler())
	defer home.Close()

	network, err := wan.New(wan.Options{})
	if err != nil {
		panic(err)
	}
	defer network.Close()
	link := network.Link("ams-weur", wan.Steady{Out: 20 * time.Millisecond, In: 20 * time.Millisecond})
	edge := &http.Client{Transport: &http.Transport{DialContext: link.DialContext}}

	for range 2 {
		begin := time.Now()
		response, err := edge.Get(home.URL)
		if err != nil {
			panic(err)
		}
		response.Body.Close()
		fmt.Println(time.Since(begin) >= 40*time.Millisecond)
	}
	// Output:
	// true
	// true
}

// A partition: what was written waits, and a healed link delivers it.
func ExampleLink_Cut() {
	network, err := wan.New(wan.Options{})
	if err != nil {
		panic(err)
	}
	defer network.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	link := network.Link("syd-apac", wan.Steady{Out: time.Millisecond, In: time.Millisecond})

	near, far, err := dialled(link, listener)
	if err != nil {
		panic(err)
	}
	defer far.Close()
	defer near.Close()
	link.Cut()
	fmt.Fprint(near, "hello")
	link.Heal()
	var buffer [5]byte
	if _, err := far.Read(buffer[:]); err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", buffer)
	// Output: hello
}
