import { describeLanguageModel } from './language-model.contract.ts'

describeLanguageModel('openai', {
  path: '/chat/completions',
  keyHeader: 'authorization',
  keyValue: 'Bearer sk-secret-0123456789',
})
describeLanguageModel('anthropic', {
  path: '/messages',
  keyHeader: 'x-api-key',
  keyValue: 'sk-secret-0123456789',
})
describeLanguageModel('gemini', {
  path: '/models/tiny:streamGenerateContent?alt=sse',
  keyHeader: 'x-goog-api-key',
  keyValue: 'sk-secret-0123456789',
})
describeLanguageModel('ollama', {
  path: '/api/chat',
  keyHeader: 'authorization',
  keyValue: 'Bearer sk-secret-0123456789',
})
