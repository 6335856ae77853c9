/** What a text tries to do with the model that reads it. */
export type InjectionSign =
  | 'overrides-instructions'
  | 'changes-role'
  | 'asks-for-secrets'
  | 'sends-data-out'
  | 'addresses-model'
  | 'steers-answer'

/** A pattern over text in lower case with single spaces, and what it is a sign of. */
export interface InjectionRule {
  readonly sign: InjectionSign
  readonly pattern: RegExp
}

const MODEL =
  '(?:ai(?: (?:agents?|assistants?|models?|systems?))?|llms?|(?:large )?language models?|assistants?|chat ?bots?|chatgpt|gpt|copilot|claude|gemini|summari[sz]ers?)'
const DROP =
  '(?:ignore|disregard|forget|override|overrule|bypass|neglect|abandon|discard|dismiss|revoke|erase|set aside|pay no attention to|(?:do not|don.?t|must not|never|stop|no longer|not) (?:obey(?:ing)?|follow(?:ing)?))'
const PRIOR =
  '(?:previous|prior|above|earlier|preceding|foregoing|initial|original|former|current|your|you were|safety|system|developers?|other)'
const INSTRUCTIONS =
  '(?:instructions?|directions?|directives?|guidelines?|prompts?|commands?|orders|constraints|programming|objectives?)'
/** A whole word: where it ends and where the next one begins can be read in one way only, so no text takes long. */
const WORD = "\\w{1,30}(?:['’-]\\w{1,30}){0,3}(?!['’-]?\\w)"
/** What keeps a model from doing harm. */
const SAFEGUARDS =
  '(?:(?:safety|ethic(?:al|s)|moral|content|security|alignment) (?:guidelines?|guardrails?|protocols?|restrictions?|rules|measures|filters?|limits?|limitations?|boundaries)|guardrails|ethics|safeguards)'
/** Up to so many other words between two. */
const few = (words: number): string => `(?:\\W+${WORD}){0,${words}}\\W+`

function rules(sign: InjectionSign, ...sources: readonly string[]): InjectionRule[] {
  return sources.map((source) => ({ sign, pattern: new RegExp(source) }))
}

/**
 * How passages give orders to a language model: in English by sentence patterns, in other languages by the best known
 * order, to ignore what was said before.
 */
export const INJECTION_RULES: readonly InjectionRule[] = [
  ...rules(
    'overrides-instructions',
    `${DROP}${few(2)}${PRIOR}${few(2)}${INSTRUCTIONS}`,
    `${DROP} (?:(?:all|any|your|its|the|every|these|previous|existing|of) ){0,3}${SAFEGUARDS}`,
    `${DROP} (?:(?:all|any|the|every|of) ){0,3}(?:previous|prior|above|earlier|preceding|foregoing) (?:text|messages?|rules?|context|input|content|conversations?|statements?|requests?|tasks?|data|training)\\b`,
    `(?:prompt|message|directive|instructions?|command|note)s? (?:overrides?|supersedes?|replaces?|takes? (?:precedence|priority) over) (?:all|any|every|your|previous|prior|everything)`,
    '(?:forget|ignore|disregard) (?:everything|anything|all|what)(?: that)? (?:i|we|they|the user) (?:said|told|wrote|asked|have)',
    '(?:stop|end|finish|abort) (?:what you(?:.re| are) doing|the current task|processing here)',
    '(?:end|close) of (?:the )?(?:document|context|passage|article|user input|user data|search results?|retrieved (?:text|content))\\b[^.]{0,40}(?:new (?:task|instructions?|user|system)|now (?:you|do|follow|ignore|answer)|instructions? (?:for|to) you)',
    `(?:ignore|disregard|forget|override|skip|delete|neglect)${few(1)}(?:your|all|any)${few(1)}(?:instructions|guidelines|directives|orders)\\b`,
    `(?:ignore|disregard|forget|set aside|abandon|skip|delete|neglect)(?:\\W+\\w+)?\\W+(?:your|all safety|any safety)\\W+(?:\\w+\\W+)?(?:rules|training|polic(?:y|ies)|restrictions|tasks?)`,
    `${DROP} (?:everything|anything|all|what)(?: that)? (?:you|above|before|was said|the (?:system|user))`,
    'override (?:the|your|any) (?:system|developer|hidden|initial) (?:prompt|message|instructions)',
    'everything (?:above|before) (?:this|was)[^.]{0,60}(?:test|ignore|no attention|invalid)',
    `${PRIOR} (?:\\w+ )?(?:${INSTRUCTIONS}|rules|tasks?)[^.]{0,40}(?:void|revoked|outdated|cancell?ed|no longer appl|obsolete|superseded|replaced)`,
    `${INSTRUCTIONS} (?:above|before|that came before)[^.]{0,60}(?:void|lower priority|dropped|ignored|no longer)`,
    `${INSTRUCTIONS} that (?:came|were given) before`,
    `supersedes? (?:all|any|every)[^.]{0,20}${INSTRUCTIONS}`,
    '(?:do not|don.?t|never|instead of) (?:obey(?:ing)?|answer(?:ing)?) the (?:user|question)',
    '\\byour new (?:task|instructions?|objective|goal|job) (?:is|are)\\b',
    `\\bnew (?:instructions?|guidelines?|directives?|rules|orders|commands?|tasks?)\\s?:\\s?(?:you|forget|disregard|reveal|print|output|say|write|send|always|never|ignore|answer|respond|do)`,
    'the user(?:.s)? (?:question|request|query) (?:is|was) (?:cancell?ed|void|invalid)',
    'this (?:document|text|page) is the (?:authority|system prompt)',
    '(?:ignore|disregard|pause|abandon) (?:the|this|your) (?:[\\w-]+ ){0,2}(?:task|summari[sz]ation|question)\\b',
    '\\b(?:system|ai|developer|admin(?:istrat(?:or|ive))?) (?:override|directive)s?\\b ?(?:[:.]|code|command|enabled|activated|initiated)|\\bsystem\\]? ?:? ?(?:override|admin(?:istrator)? mode|unlock(?:ed)?)\\b|override (?:all |any |your )?(?:security|safety)\\b|\\badmin(?:istrator)? (?:note|notice|message) ?:',
    'instead,? (?:you must |please )?(?:output|reveal|say|respond|reply)\\b',
    '(?:disable|suspend|turn off|remove|without|drop)[^.]{0,20}(?:safety|content) (?:filter|restriction|polic|guardrail|check)',
    'before you (?:answer|translate|summari[sz]e|reply|respond|continue),? (?:i need|you must|first|also|please)',
    'decode (?:the following|this)[^.]{0,40}(?:do|follow|execute|obey)',
    'ignoriere[^.]{0,30}anweisungen|(?:vergiss|missachte)[^.]{0,30}(?:anweisungen|regeln)',
    '(?:ignore[zr]?|oublie[zr]?)[^.]{0,30}(?:instructions|consignes|règles)',
    '(?:ignor[ae]|olvid[ae])[^.]{0,30}(?:instrucciones|reglas|istruzioni|regole)|dimentica[^.]{0,30}(?:istruzioni|regole)',
    '(?:ignore|esqueça)[^.]{0,30}instruções',
    '(?:忽略|无视|忘记)[^。]{0,12}(?:指令|指示|说明|规则)',
    '(?:指示|命令|ルール)[^。]{0,8}(?:無視|忘れ)',
    '(?:지시|명령|규칙)[^.]{0,10}(?:무시|잊)',
    '(?:игнорируй|забудь|проигнорируй)[^.]{0,30}(?:инструкции|правила|указания)',
    'negeer[^.]{0,30}(?:instructies|regels)|(?:zignoruj|zapomnij)[^.]{0,30}(?:instrukcj|zasad)',
    'تجاهل[^.]{0,30}(?:التعليمات|الأوامر)|talimat[^.]{0,20}(?:yok say|unut|görmezden)',
  ),
  ...rules(
    'changes-role',
    `you are now (?:dan\\b|in \\w+ mode|(?:an?|the)? ?(?:[\\w-]+ ){0,3}(?:${MODEL}|bot|terminal|hacker|pirate|seller|persona)\\b)`,
    '(?:from now on|from this point(?: on| forward)?|henceforth),? you (?:will|are|must|shall|act|have|should)',
    'you are no longer an? ',
    `(?:act|behave|answer|respond|continue|pretend to be|simulate|roleplay) (?:as )?(?:an? |the |that )?(?:unrestricted|uncensored|jailbroken|evil|unfiltered|${MODEL}\\b(?: (?:that|with(?:out)?)|\\.))`,
    '(?:pretend|imagine) (?:that )?(?:you are|you.re)(?: now)? (?!a (?:user|customer|developer|visitor|reader))',
    '\\bdo anything now\\b|\\byou are dan\\b|\\bact as dan\\b',
    '\\byou are (?:now )?(?:completely |fully |totally )?(?:unrestricted|unfiltered|uncensored|jailbroken|liberated|freed?(?: of| from) (?:all|any|your|the))\\b',
    '\\b(?:i am|i.m|this is|as) your (?:developer|creator|programmer|administrator|maker|owner)\\b',
    '\\b(?:openai|anthropic|google|microsoft|meta) (?:has |have )?(?:authori[sz]ed|instructed|permitted|approved|require[sd]|want(?:s|ed)) (?:you|this|the (?:assistant|model))',
    'assume the (?:role|identity|persona) of',
    'your new (?:identity|persona|role|name) is',
    '(?:new persona|jailbreak|dan mode|developer mode)[^.]{0,20}(?:activated|enabled|you (?:have|are|can))',
    '(?:enter|switch to|activate) (?:\\w+ )?(?:developer|god|jailbreak|dan|unrestricted|unfiltered) mode\\. ',
    'switch to (?:unrestricted|unfiltered|uncensored|jailbreak) mode',
    `(?:${MODEL}|\\byou (?:have|are)|proceed)[^.]{0,30}(?:\\bno|without(?: any)?) (?:restrictions|filters|content policy|censorship)`,
    'never refuses?\\b',
    '(?:transparency|diagnostic|god|sudo|unrestricted|jailbreak) mode (?:is )?(?:now )?(?:enabled|active|confirmed|on\\b)',
    '<\\|im_start\\|> ?system|<<sys>>|\\[inst\\]|<\\|start_header_id\\|> ?system',
    '(?:^|[\\n.\\]>] ?)(?:#+ )?system(?: (?:message|prompt|note|update))? ?: ?(?:you|new|the assistant|the user|ignore)',
    '\\[(?:system|admin)(?: (?:note|message|update|override|prompt))\\b',
    '<system> ?(?:you|the user|switch|ignore|new|from|always|never)',
    '"role" ?: ?"system" ?, ?"content" ?: ?"you (?:always|must|never|are now)',
    '\\bbegin (?:new )?system (?:message|prompt|instructions)',
    '\\bhuman ?: [^\\n]{0,300}\\bassistant ?: ',
    'assistant (?:shall|must|should|will) obey',
    'ab jetzt bist du|(?:à partir de maintenant|désormais),? tu es|a partir de ahora eres|从现在(?:开始|起)[^。]{0,4}你是|теперь ты\\b',
  ),
  ...rules(
    'asks-for-secrets',
    '(?:print|reveal|repeat|show|output|display|leak|expose|disclose|summari[sz]e|translate|list|include|append|tell|return|recite|dump|copy|paste)[^.]{0,70}(?:(?:your|the|its|developer.?s?) (?:system|developer|hidden|initial|secret|confidential|original) (?:prompt|message|instructions|rules|guidelines)|your (?:[\\w-]+ ){0,3}(?:instructions|prompt|guidelines|context window|system message|configuration)|\\bsystem prompt)',
    'what (?:were|are) your (?:initial |original |system |hidden |secret )?instructions',
    'repeat (?:the|all|every)[^.]{0,20}(?:words|text|everything) above',
    '(?:what(?:.s| is| are| was| were)|tell me|give me|show me|share|print|reveal)(?: me)? (?:your|the) (?:full |entire |exact |whole |complete )?(?:system|initial|hidden|original|secret) (?:prompt|instructions|message|rules)',
    '(?:repeat|print|output|write (?:out|down)|display|return|echo|copy|recite|reproduce)[^.]{0,20}(?:everything|all (?:the )?(?:text|words|lines)|the (?:text|words|lines|content|paragraphs?|sentences?)|what)(?: (?:is|was|comes|came|that))? (?:above|before this)',
    '(?:secret|hidden|confidential) rules',
    '(?:output|print|show|send|append|include|encode|forward|attach)[^.]{0,30}(?:conversation (?:so far|history)|previous messages|chat history)',
    '(?:révèle|montre|affiche)[^.]{0,20}prompt|(?:muestra|revela)[^.]{0,20}(?:instrucciones del sistema|prompt)|(?:输出|显示|泄露)[^。]{0,8}(?:系统提示|提示词)|(?:покажи|раскрой)[^.]{0,20}(?:промпт|инструкции)',
  ),
  ...rules(
    'sends-data-out',
    '!\\[[^\\]]{0,80}\\]\\(https?:[^)]{0,200}=(?:\\[|\\{|<|%5b)[^)]{0,80}(?:user|question|conversation|chat|prompt|data)',
    '(?:image|link|url)[^.]{0,40}https?:\\S{0,200}[^.]{0,20}(?:plus|followed by|with|and)[^.]{0,20}(?:the (?:conversation|question|chat|user)|your)',
    '(?:send|post|forward|append|encode|transmit|upload|report|submit|put|email)[^.]{0,50}(?:the )?(?:user.s (?:question|password|message|query|data|api key)|conversation|chat history|previous messages|(?:documents|notes|everything)[^.]{0,20}(?:your context|you see|the user has))',
    'https?:\\S{1,200}[^.]{0,20} with everything (?:that )?(?:the user|you)',
    'use the (?:browser|email|http|web|file) tool to ',
    'call the tool \\w+ with the (?:contents?|conversation|previous|user)',
    '(?:private notes|secrets|credentials|passwords) that you (?:see|know|have)',
  ),
  ...rules(
    'addresses-model',
    `\\b(?:note|message|instructions?|attention|notice|memo|reminder|warning|information) ?(?:to|for)? (?:the |all |any )?${MODEL}\\b(?: \\w+)? ?[:,]`,
    `\\b(?:note|message|instructions) (?:to|for) (?:the |all |any )?${MODEL}\\b`,
    `(?:^|[\\n.>(!] ?)(?:dear|hey|hello|hi|to the) ${MODEL}\\b ?[,:]`,
    `(?:^|[\\n.>(!]|--) ?@?${MODEL}[,:] (?:please |you )?(?:ignore|disregard|answer|respond|reply|say|tell|add|do not|approve|recommend|include|write|rate)`,
    `@(?:assistant|ai|chatgpt|copilot) (?:respond|answer|reply|say|please|ignore)`,
    `\\bif you(?:.re| are) (?:an? )?${MODEL}\\b`,
    `\\bas an? ${MODEL} (?:reading|processing|summari[sz]ing|that reads)`,
    `\\bfor (?:large )?(?:language models|llms|ais) only`,
    `\\b${MODEL}(?: [\\w']+){0,7},? (?:(?:it|they) )?(?:must|should|ha(?:s|ve) to|shall|needs? to) (?:not |also |always |never |only )?(?:say|state|tell|answer|respond|reply|recommend|include|insert|mention|cite|conclude|rate|begin|ignore|add|treat|approve|claim|quote)`,
    `<!-- ?${MODEL}[:,]`,
    `\\b${MODEL} (?:that is )?(?:processing|reading|summari[sz]ing|analy[sz]ing) (?:this|the)\\b`,
  ),
  ...rules(
    'steers-answer',
    '\\byour (?:final |next |only |whole )?(?:answer|response|reply|output) (?:must|should|shall|has to|needs to) (?:contain|include|end|begin|start|say|state|consist|mention)',
    '(?:respond|reply|answer) (?:only|solely|exclusively|just) (?:with|by|in)\\b|(?:only|solely|always) (?:respond|reply|answer)\\b',
    '\\banswers? (?:every|all|any)(?: \\w+)? questions? (?:with|by|using)',
    '\\b(?:answer|respond|reply)[^.]{0,20}word for word',
    'whatever the (?:question|user|criteria)',
    'regardless of (?:the question|what the user|the user.s)',
    '\\b(?:when|if)(?: you are)? asked about[^.]{0,40}(?:answer|say|respond|reply|state|recommend)',
    '(?:begin|start|end|finish|open|close) (?:your|the|each|every) (?:reply|answer|response) (?:with|by)',
    '\\b(?:in|to|into|at the end of|with) your (?:answer|response|reply)\\b',
    '\\b(?:write|phrase|word|give|encode|output) your (?:answer|response|reply)\\b',
    '(?:do not|don.?t|never|without) (?:tell(?:ing)?|mention(?:ing)?|say(?:ing)?|inform(?:ing)?|let(?:ting)?|reveal(?:ing)?|disclos\\w+)[^.]{0,30}\\b(?:the (?:user|reader)|this (?:note|text|message|passage|information|instruction)|competitors?|alternatives|that (?:it|this|you))\\b',
    'hide (?:from the user|that (?:it|this) came)',
    '(?:do not|don.?t|never|must not|can(?:no|.?)t) (?:refuse (?:to answer|any|this|the user)|say (?:no|that you can|you can|that you are unable|you are unable)|apologi[sz]e to the user|mention (?:that )?you(?:.re| are) an? )',
    '(?:include|insert|add|append|put|print|output|write) (?:the )?(?:text|words?|phrase|string|sentence|message|following)\\b[^.]{0,80}(?:your|the|each|every) (?:response|answer|reply|summary)',
    '(?:at|to) the (?:beginning|start|end|top|bottom) of (?:your|each|every) (?:response|answer|reply|summary|output)',
    '(?:rank|rate|score|recommend|list|put) (?:this|me|us|our)(?: [\\w-]+){0,3} (?:first|highest|as the (?:best|top|most)|at the top|above (?:all|the) others|number one|10(?: ?/ ?| out of )10)',
    'give (?:this|it|me|us|the (?:paper|candidate|applicant|author|product)) (?:only )?(?:an? |the )?(?:positive|high(?:est)?|perfect|top|excellent|favou?rable|maximum|full) (?:reviews?|scores?|ratings?|marks?|evaluation|grade)|positive reviews? only|do not (?:highlight|mention) any (?:negatives?|weaknesses|flaws)',
    'remember (?:this|that|the following)[^.]{0,30} (?:in|for) (?:all |any |every )?future (?:conversations?|sessions?|chats?|answers?|responses?)|(?:store|save|add|write) (?:this|the following)[^.]{0,20} (?:in|to) your (?:long.?term )?memory',
    '(?:^|[\\n.!?:,>] ?|\\b(?:and|or|then|should|must|please) )(?:tell|convince|persuade|instruct|inform|urge|ask|advise) the user (?:that (?:the[iy]|you)|to (?:\\w+ )?(?:transfer|run|buy|click|disable|send|install|enter|visit|call|pay)|for (?:the|a|their|his|her)[^.]{0,20}(?:words|password|seed|key|payment))',
    'should instruct the user|makes? the user reveal',
    'the (?:only )?(?:correct|acceptable|right|true) answer to (?:the user|every|all|any|each)',
    'refuse to answer',
    'say that (?:the|this|your) (?:question|account)[^.]{0,60}(?:user|buy|hacked)',
    '(?:always|only) (?:recommend|cite|link|mention|praise|quote) ',
    'do not cite any|cite this (?:passage|text|document) as',
    'ignore the (?:other|remaining) (?:results|passages|documents|sources)',
    'use only this (?:one|passage|document|result)',
    '\\byour new task\\b|\\bdo the following instead\\b',
    'antwort(?:e|en sie) nur mit|répond(?:s|ez) uniquement|(?:responde|responda|rispondi) (?:solo|solamente|apenas|únicamente)|只(?:回答|回复)|отвечай только',
  ),
]
