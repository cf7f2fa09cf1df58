package contract

import (
	"bytes"
	"hash/crc64"
	"io"
	"net/http"
)

// Answer is what a server said to a request made without an SDK.
type Answer struct {
	Status  int
	Headers http.Header
	Body    string
}

// Send makes a request without any SDK: the point of a presigned URL.
func Send(method, url, body string, headers map[string]string) Answer {
	request := Must(http.NewRequest(method, url, bytes.NewReader([]byte(body))))
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response := Must((&http.Client{Transport: &http.Transport{}}).Do(request))
	defer response.Body.Close()
	return Answer{response.StatusCode, response.Header, string(Must(io.ReadAll(response.Body)))}
}

// Pattern gives that many bytes which differ at every distance short of 16 MiB.
func Pattern(lengthBytes int) []byte {
	pattern := make([]byte, lengthBytes)
	for index := range pattern {
		pattern[index] = byte(index) ^ byte(index>>8) ^ byte(index>>16)
	}
	return pattern
}

// Crc64 is the checksum that the protocol calls CRC-64 ECMA.
func Crc64(data []byte) uint64 {
	return crc64.Checksum(data, crc64.MakeTable(crc64.ECMA))
}

// CountingTransport counts requests of a kind and can refuse all of that kind past a number.
type CountingTransport struct {
	Counts    func(*http.Request) bool
	RefusesAt int
	Count     int
}

// RoundTrip sends a request, or fails as a cut connection would.
func (transport *CountingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if transport.Counts(request) {
		transport.Count++
		if transport.RefusesAt > 0 && transport.Count >= transport.RefusesAt {
			return nil, http.ErrHandlerTimeout
		}
	}
	return http.DefaultTransport.RoundTrip(request)
}
