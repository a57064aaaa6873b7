// mochi-mqtt with a TCP and a WebSocket listener: mochi TCP-PORT WS-PORT
package main

import (
	"log"
	"os"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func main() {
	server := mqtt.New(nil)
	// without it every CONNECT is refused
	must(server.AddHook(new(auth.AllowHook), nil))
	must(server.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:" + os.Args[1]})))
	must(server.AddListener(listeners.NewWebsocket(listeners.Config{ID: "ws", Address: "127.0.0.1:" + os.Args[2]})))
	must(server.Serve())
	select {}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
