{{- define "halley.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "halley.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "halley.labels" -}}
{{ include "halley.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "halley.secretName" -}}
{{- if .Values.secret.create -}}
{{- include "halley.fullname" . -}}
{{- else -}}
{{- default (include "halley.fullname" .) .Values.secret.existing -}}
{{- end -}}
{{- end -}}

{{- define "halley.image" -}}
{{- $repository := required "image.repository is empty: name the image that you have built and pushed" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* A variable from a key of the Secret: list of the context, variable, key, whether the key may be missing. */}}
{{- define "halley.secretVariable" -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ include "halley.secretName" (index . 0) }}
      key: {{ index . 2 }}
      {{- if index . 3 }}
      optional: true
      {{- end }}
{{- end -}}

{{/* The variables that the chart sets: `settings` may not set them a second time. */}}
{{- define "halley.ownVariables" -}}
HALLEY_DATABASE_URL HALLEY_SERVER_SECRET HALLEY_SERVER_SECRETS_ACCEPTED HALLEY_TOMBSTONES_URL HALLEY_BOOTSTRAP_TOKEN
HALLEY_FLEET_NODE_NAME HALLEY_METRICS_LISTEN HALLEY_SHUTDOWN_DELAY_MS HALLEY_SHUTDOWN_DRAIN_MS
HALLEY_HTTP_TRUSTED_PROXIES HALLEY_LISTEN HALLEY_DATA_DIR
{{- end -}}
