//go:build !linux

package main

func listenAll(room []*member, window int, quit <-chan struct{}) error {
	return listenPlainly(room, window, quit)
}
