// Package strip takes what is for editkey alone out of what a service gets: its cookies, and an access key in
// Authorization or in the query. Traefik runs it as a local plugin, without compiling it.
package strip

import (
	"context"
	"net/http"
	"regexp"
	"strings"
)

var (
	cookie = regexp.MustCompile(`^\s*(__Host-)?editkey`)
	bearer = regexp.MustCompile(`(?i)^\s*bearer\s+[a-z0-9_-]{24}\s*$`)
)

// Config has nothing to set.
type Config struct{}

// CreateConfig is asked for by Traefik.
func CreateConfig() *Config { return &Config{} }

type strip struct{ next http.Handler }

// New is asked for by Traefik.
func New(_ context.Context, next http.Handler, _ *Config, _ string) (http.Handler, error) {
	return &strip{next}, nil
}

func (s *strip) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	var cookies []string
	for _, header := range request.Header["Cookie"] {
		for _, pair := range strings.Split(header, ";") {
			if !cookie.MatchString(pair) && strings.TrimSpace(pair) != "" {
				cookies = append(cookies, strings.TrimSpace(pair))
			}
		}
	}
	request.Header.Del("Cookie")
	if len(cookies) > 0 {
		request.Header.Set("Cookie", strings.Join(cookies, "; "))
	}

	for _, value := range request.Header["Authorization"] {
		if bearer.MatchString(value) {
			request.Header.Del("Authorization")
			break
		}
	}

	if strings.Contains(request.URL.RawQuery, "accesskey=") {
		var parameters []string
		for _, parameter := range strings.Split(request.URL.RawQuery, "&") {
			if !strings.HasPrefix(parameter, "accesskey=") {
				parameters = append(parameters, parameter)
			}
		}
		request.URL.RawQuery = strings.Join(parameters, "&")
		request.RequestURI = request.URL.RequestURI()
	}
	s.next.ServeHTTP(answer, request)
}
