// Answers as the course's image xiaopeng163/hello-app:1.0 does: a greeting, a version, and the name of the pod that answers.
// Environment: PORT, the TCP port to listen on; 8080 unless it is set.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("/", hello)
	log.Printf("Server listening on port %s", port)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}

func hello(answer http.ResponseWriter, request *http.Request) {
	log.Printf("Serving request: %s", request.URL.Path)
	host, err := os.Hostname()
	if err != nil {
		http.Error(answer, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(answer, "Hello, world!\nVersion: 1.0.0\nHostname: %s\n", host)
}
