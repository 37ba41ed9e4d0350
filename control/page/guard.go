// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
)

// policy lets the page load its own files and talk to its own server, and nothing else. Text
// cannot become markup or a program, not even by a mistake in ours (trusted types).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guard sends the headers of protection with every answer, and turns away who asks by a
// foreign name.
func guard(next http.Handler) http.Handler {
	own, _ := os.Hostname() // no name is an empty one
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !OwnName(q.Host, own) {
			http.Error(w, "ask for this page by an address, by localhost or by this host's name", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, q)
	})
}

// OwnName says whether a request's Host is one that the host itself may go by: an address,
// localhost, or the host's name with or without a domain. A site on the Internet can have its
// own name lead a browser here (DNS rebinding), and would then read what the browser sees.
func OwnName(host, own string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	own = strings.ToLower(own)
	short, _, _ := strings.Cut(own, ".")
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || own != "" && (name == own || name == short)
}
